"""Looking at episodes and hiding what is in them."""
