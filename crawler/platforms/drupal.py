"""Drupal."""

NAME = "drupal"
MARKS = [r"<meta[^>]+generator[^>]+Drupal|/sites/default/files/|drupal-settings-json"]
