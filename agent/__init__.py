"""Eyes, hands, loop and the people around them."""
