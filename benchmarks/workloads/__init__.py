"""The fixed symbolic workloads, one file each: how every tool does the job, and how its answer is checked."""
