"""Icons with their names: fetched as packages into a cache, rendered there, shown as screens show them. None is kept in the repository."""
