"""Ensembles: many trajectories on threads, with statistics that are gathered on the way.

`protocol` says what a stochastic method provides so that its trajectories can be run in ensembles; `exact` does so for
engines that keep the memory of one trajectory; `simulate` is the one door.
"""
