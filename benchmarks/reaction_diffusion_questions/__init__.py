"""What `reaction_diffusion.py` asks, one question in each file."""
