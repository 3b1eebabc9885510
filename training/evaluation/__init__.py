"""How good the parts are, measured on what nothing was trained or tuned on."""
