"""Small pieces of screens and questions about them: icons, marks with a state, rendered words."""
