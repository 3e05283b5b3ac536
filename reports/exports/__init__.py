"""The monthly summary as files that leave the bank's screens; Chinese by themselves."""
