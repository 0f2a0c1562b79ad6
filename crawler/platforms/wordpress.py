"""WordPress."""

NAME = "wordpress"
MARKS = [r"/wp-content/|/wp-includes/|<meta[^>]+generator[^>]+WordPress"]
