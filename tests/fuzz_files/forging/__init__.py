"""Files that are forged by their structure: pickles, HDF5 files and pictures."""
