"""What a model is taught about harm: to leave alone what a screen orders, and to ask before what could do harm."""
