"""What ``lenet-explore`` finds in a data set, and how it shows that."""
