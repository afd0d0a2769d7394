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
# report.html, to which a link is added.
REPORT_BYTES = 64 * _MIB
# The CSV files of --group, --corrections and --labels: a million paths. LIBSVM's text of USPS has 20 MB.
TABLE_BYTES = 128 * _MIB

# model.h5 and last.h5: 134 million numbers of 4 bytes. Larger ones are not written, either.
MODEL_BYTES = 512 * _MIB
# A saved model of another library, unpacked.
IMPORT_BYTES = 1024 * _MIB
# epochs.h5: twelve times as many numbers of 1 byte.
EPOCHS_BYTES = 2048 * _MIB
# For the process that reads through an HDF5 file: bytes of memory, code included, and seconds.
HDF5_MEMORY = 2048 * _MIB
HDF5_CPU_SECONDS = 10
HDF5_SECONDS = 120.0
# Data sets and groups in an HDF5 file, and how deep groups lie in groups.
HDF5_MEMBERS = 10_000
HDF5_DEPTH = 8
# Attributes of an HDF5 file.
HDF5_ATTRIBUTES = 1_000
# Values in one attribute, such as class names.
HDF5_ATTRIBUTE_VALUES = 100_000
# Axes of a data set in an HDF5 file.
HDF5_AXES = 8
# Layers described by a model.h5, nested ones included.
MODEL_LAYERS = 1_000
# Side of a model.h5's input images, and their channels.
MODEL_IMAGE_SIDE = 10_000

# One picture file. Of several pages only one is decoded at a time.
PICTURE_BYTES = 1 << 36
# Pixels of a picture or a page; larger ones are not decoded.
PICTURE_PIXELS = 100_000_000
# Pixels in a row or a column of a picture; Pillow's limit is 33 million, of 64 bits each.
PICTURE_SIDE = 1_000_000
# Tags read from a page of a TIFF file; classic TIFF has no more.
TIFF_ENTRIES = 65_535
# Cache of decoded pictures.
CACHE_BYTES = 1 << 40

# Published data sets, unpacked: the images of EMNIST's byclass have 522 MiB.
UNPACKED_BYTES = 600 * _MIB
# The same on disk, packed or not, with an archive's padding.
PACKED_BYTES = 640 * _MIB
# Labels in one idx file.
IDX_LABELS = 1 << 24
# Table of contents of a zip file: some 10,000 members.
ZIP_TABLE_BYTES = 1 * _MIB
# A data set in one file, npz or HDF5, unpacked; and as CSV, whose lines are read one by one.
ARRAY_BYTES = 4096 * _MIB
# A line of such a CSV file: an image of some millions of pixels.
LINE_BYTES = 16 * _MIB
# Classes of such a data set: an attribute of a model.h5 holds the names of so many.
CLASSES = 4_000

# Downloads: tries of each mirror, and redirections that one try follows.
DOWNLOAD_ATTEMPTS = 3
DOWNLOAD_REDIRECTS = 5
# Seconds to connect, and between two pieces of an answer.
DOWNLOAD_CONNECT_SECONDS = 10.0
DOWNLOAD_SILENCE_SECONDS = 30.0
# Time limit of one try: this many seconds, and one more for each so many bytes received.
DOWNLOAD_SECONDS = 60.0
DOWNLOAD_BYTES_PER_SECOND = 20_000

# Pickles: mnist.pkl.gz, CIFAR-10, models of Theano. The published data sets have some 30,000 opcodes a file.
# Bytes of a model's pickle, or of all members of its zip file, unpacked.
PICKLE_BYTES = 2048 * _MIB
# Opcodes of a pickle; checking one takes a microsecond.
PICKLE_OPCODES = 10_000_000
# Containers (lists, tuples, arrays) in a pickle; a single byte can create an empty set of 216 bytes.
PICKLE_CONTAINERS = 2_000_000
# Objects visited when a pickle's object is walked through, and objects hashed in all.
PICKLE_ITEMS = 100_000_000
# Nesting depth in a pickle: hashing nested tuples recurses in C, which crashes at some 100,000.
PICKLE_DEPTH = 100
# Classes that a pickled model names, none of which is imported.
PICKLE_CLASSES = 10_000
# Numbers that a layer of a model that is imported gives for one image, 40 times the most of VGG-16.
MODEL_VALUES = 1 << 27
# Arrays of a model that is imported.
MODEL_ARRAYS = 10_000
# Digits of an index into a pickle's memo, as text.
PICKLE_INDEX_DIGITS = 20

# Flags. Counts of steps, images or units are written to files as signed 64-bit integers.
MAX_COUNT = 2**63 - 1
# Random crops of each image: an epoch of the 50,000 images of CIFAR-10 then has 50 million.
MAX_CROPS = 1000

# A module of a program that `lenet port` rewrites.
PROGRAM_BYTES = 4 * _MIB
# Modules of such a program.
PROGRAM_MODULES = 1_000
