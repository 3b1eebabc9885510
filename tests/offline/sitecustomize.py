"""Python imports this by itself when it starts with this folder on its path."""

import egress

egress.install()
