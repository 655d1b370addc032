"""Pictures of fields. Matplotlib is imported when one is drawn."""
