"""The product on a laptop: a development tool that never ships."""
