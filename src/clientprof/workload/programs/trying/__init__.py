"""Inside a program that is repeated with a suspect's change: the change is made, requests are counted, nothing else."""
