"""Pictures without a text: where they are, and what people call them."""
