"""The peers of `reaction_diffusion.py`: tools on one problem each, and the processes they run in."""
