"""Windows full of widgets in random states, in real toolkits. Each is run by the distribution's own Python; shown until killed."""
