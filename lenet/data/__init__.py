"""Data sets: files, downloads, folders of images, splits and folds."""
