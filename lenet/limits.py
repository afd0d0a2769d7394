"""Limits on input: files, pictures, archives, pickles, answers from the network.

A file may claim anything. Its claims are compared with these limits before memory, disk or time is spent
on it. They are far above what honest files need; docs/reliability.md has the table.
"""

# Imports nothing, so that each reader may name its limits here.

_MIB = 1 << 20

# Text files: flags in TOML or JSON, and the config.json of a run.
CONFIG_BYTES = 1 * _MIB
# metrics.csv: more than 100,000 epochs.
METRICS_BYTES = 16 * _MIB

# model.h5 and last.h5: 134 million numbers of 4 bytes. Larger ones are not written, either.
MODEL_BYTES = 512 * _MIB
# For a process that goes through an HDF5 file: bytes of memory, its programs included, and seconds.
HDF5_MEMORY = 2048 * _MIB
HDF5_CPU_SECONDS = 10
HDF5_SECONDS = 120.0
# Data sets and groups in one group of an HDF5 file.
HDF5_MEMBERS = 10_000
# Attributes of an HDF5 file.
HDF5_ATTRIBUTES = 1_000
# Values in one attribute, such as class names.
HDF5_ATTRIBUTE_VALUES = 100_000
# Axes of a data set in an HDF5 file.
HDF5_AXES = 8
# Layers that a model.h5 describes, those in layers included.
MODEL_LAYERS = 1_000
# Side of the images that a model.h5 takes, and their channels.
MODEL_IMAGE_SIDE = 10_000

# One picture file. Of several pages only one is decoded at a time.
PICTURE_BYTES = 1 << 36
# Pixels of a picture, or of a page, which are not decoded if there are more.
PICTURE_PIXELS = 100_000_000
# Pixels in a row or a column of a picture; Pillow takes 33 million at the most, of 64 bits each.
PICTURE_SIDE = 1_000_000
# Tags of a page of a TIFF file that are looked at; older ones have no more.
TIFF_ENTRIES = 65_535
# Cache of decoded pictures.
CACHE_BYTES = 1 << 40

# Data sets as they are published, unpacked: twice what these need.
UNPACKED_BYTES = 512 * _MIB
# The same on disk, packed or not, with whatever an archive pads them with.
PACKED_BYTES = 640 * _MIB
# Labels in one idx file.
IDX_LABELS = 1 << 24

# Downloads: tries of each mirror, and redirections that one try follows.
DOWNLOAD_ATTEMPTS = 3
DOWNLOAD_REDIRECTS = 5
# Seconds to connect, and between two pieces of an answer.
DOWNLOAD_CONNECT_SECONDS = 10.0
DOWNLOAD_SILENCE_SECONDS = 30.0
# One try takes no longer than so many seconds, and one more for each so many bytes it has brought.
DOWNLOAD_SECONDS = 60.0
DOWNLOAD_BYTES_PER_SECOND = 20_000

# Pickles: mnist.pkl.gz, CIFAR-10, models of Theano. The published data sets have some 30,000 opcodes a file.
# Bytes of a model's pickle, or of all that is in its zip file, unpacked.
PICKLE_BYTES = 2048 * _MIB
# Opcodes of a pickle, which take a microsecond each to look at.
PICKLE_OPCODES = 10_000_000
# Lists, tuples, arrays and the like in a pickle; one byte asks for an empty set, of 216 bytes.
PICKLE_CONTAINERS = 2_000_000
# Objects that a walk through one of a pickle meets, and that are hashed in all.
PICKLE_ITEMS = 100_000_000
# Objects within one another in a pickle: hashing tuples is a recursion in C, which crashes at some 100,000.
PICKLE_DEPTH = 100
# Digits of a place in the memo of a pickle, as text.
PICKLE_INDEX_DIGITS = 20

# Flags. What counts steps, images or units is written into files as 64 bits with a sign.
LARGEST_COUNT = 2**63 - 1
# Random crops of each image: an epoch of the 50,000 images of CIFAR-10 then has 50 million.
MOST_CROPS = 1000
