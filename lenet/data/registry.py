"""Registry of the data sets that are known by name.

A new one is an entry here: its name, what reads it, its published files with their checksums, where they are,
its classes and its terms of use. `tests/data/test_registry.py` compares the table of data/README.md with it.
"""

import re
from collections.abc import Mapping
from string import ascii_letters, ascii_lowercase, digits

from lenet.data import dataset_readers as readers
from lenet.data.cifar_files import CIFAR10, CIFAR100, CIFAR100_COARSE
from lenet.data.dataset import DIGIT_NAMES, FOLDER
from lenet.data.download import Published
from lenet.data.published_datasets import PublishedDataset
from lenet.errors import DataError
from lenet.text import listed, nearest

BUILT_IN = "digits"  # scikit-learn's, which need no file
IDX = (
    *("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    *("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
)


def idx_files(*published: Published) -> Mapping[str, Published]:
    """Return the four files of a data set like MNIST."""
    return dict(zip(IDX, published, strict=True))


MNIST = PublishedDataset(
    name="mnist",
    title="MNIST",
    read=readers.read_mnist,
    files=idx_files(
        Published("f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
        Published("d53e105ee54ea40749a09fcbcd1e9432", 28_881),
        Published("9fb629c4189551a2d022fa330f9573f3", 1_648_877),
        Published("ec29112dd5afa0611ce80d1b7f02629c", 4_542),
    ),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    folders=("mnist", "", "MNIST/raw", "MNIST"),
    class_names=DIGIT_NAMES,
    channels=1,
    size=28,
    mirror=False,
    licence="CC BY-SA 3.0",
    source="http://yann.lecun.com/exdb/mnist/",
)
FASHION_MNIST = PublishedDataset(
    name="fashion_mnist",
    title="Fashion-MNIST",
    read=readers.read_idx_files,
    files=idx_files(
        Published("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880),
        Published("25c81989df183df01b3e8a0aad5dffbe", 29_515),
        Published("bef4ecab320f06d8554ea6380940ec79", 4_422_102),
        Published("bb300cfdad3c16e7a12a480ee83cd310", 5_148),
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    folders=(
        *("fashion_mnist", "fashion-mnist", "FashionMNIST/raw", "FashionMNIST"),
        *("fashion-mnist/data/fashion", "data/fashion"),
    ),
    class_names=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    channels=1,
    size=28,
    mirror=True,
    licence="MIT",
    source="https://github.com/zalandoresearch/fashion-mnist",
)
KMNIST = PublishedDataset(
    name="kmnist",
    title="Kuzushiji-MNIST",
    read=readers.read_idx_files,
    files=idx_files(
        Published("bdb82020997e1d708af4cf47b453dcf7", 18_165_135),
        Published("e144d726b3acfaa3e44228e80efcd344", 29_497),
        Published("5c965bf0a639b31b8f53240b1b52f4d7", 3_041_136),
        Published("7320c461ea6c1c855c0b718fb2a4b134", 5_120),
    ),
    mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    folders=("kmnist", "KMNIST/raw", "KMNIST"),
    class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    channels=1,
    size=28,
    mirror=False,
    licence="CC BY-SA 4.0",
    source="http://codh.rois.ac.jp/kmnist/",
)
QMNIST = PublishedDataset(
    name="qmnist",
    title="QMNIST",
    read=readers.read_qmnist,
    files={
        "qmnist-train-images-idx3-ubyte.gz": Published("ed72d4157d28c017586c42bc6afe6370"),
        "qmnist-train-labels-idx2-int.gz": Published("0058f8dd561b90ffdd0f734c6a30e5e4", 463_024),
        "qmnist-test-images-idx3-ubyte.gz": Published("1394631089c404de565df7b7aeaf9412"),
        "qmnist-test-labels-idx2-int.gz": Published("5b5b05890a5e13444e108efe57b788aa", 526_800),
    },
    mirrors=("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
    folders=("qmnist", "", "QMNIST/raw", "QMNIST"),
    class_names=DIGIT_NAMES,
    channels=1,
    size=28,
    mirror=False,
    licence="BSD",
    source="https://github.com/facebookresearch/qmnist",
)

# Letters whose capitals look alike are one class in EMNIST's bymerge and balanced.
ALL = (*digits, *sorted(ascii_letters))
MERGED = tuple(name for name in ALL if name not in "cijklmopsuvwxyz")
EMNIST_CLASSES = {
    **{"balanced": MERGED, "byclass": ALL, "bymerge": MERGED},
    **{"digits": DIGIT_NAMES, "letters": tuple(ascii_lowercase), "mnist": DIGIT_NAMES},
}
EMNIST = tuple(
    PublishedDataset(
        name=f"emnist-{split}",
        title=f"EMNIST {split}",
        read=readers.read_emnist,
        files={"gzip.zip": Published("58c8d27c78d21e728a6bc7b3cc06412e", 561_753_746)},
        mirrors=(
            "https://biometrics.nist.gov/cs_links/EMNIST/",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
        ),
        folders=("emnist", "", "emnist/gzip", "gzip", "EMNIST/raw", "EMNIST"),
        class_names=class_names,
        channels=1,
        size=28,
        mirror=False,
        licence="not stated",
        source="https://www.nist.gov/itl/products-and-services/emnist-dataset",
        options={"split": split, "first_label": 1 if split == "letters" else 0},
    )
    for split, class_names in EMNIST_CLASSES.items()
)
USPS = PublishedDataset(
    name="usps",
    title="USPS",
    read=readers.read_usps,
    files={
        "usps.bz2": Published("ec16c51db3855ca6c91edd34d0e9b197"),
        "usps.t.bz2": Published("8ea070ee2aca1ac39742fdd1ef5ed118"),
    },
    mirrors=("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/",),
    folders=("usps", "", "USPS"),
    class_names=DIGIT_NAMES,
    channels=1,
    size=28,
    mirror=False,
    licence="not stated",
    source="https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
)
SVHN = PublishedDataset(
    name="svhn",
    title="SVHN, cropped digits",
    read=readers.read_svhn,
    files={
        "train_32x32.mat": Published("e26dedcc434d2e4c54c9b2d4a06d8373", 182_040_794),
        "test_32x32.mat": Published("eb5a983be6a315427106f1b164d9cef3", 64_275_384),
    },
    mirrors=("http://ufldl.stanford.edu/housenumbers/",),
    folders=("svhn", "", "SVHN"),
    class_names=DIGIT_NAMES,
    channels=3,
    size=32,
    mirror=False,
    licence="non-commercial use",
    source="http://ufldl.stanford.edu/housenumbers/",
)
TORONTO = "https://www.cs.toronto.edu/~kriz/"
CIFAR10_DATASET = PublishedDataset(
    name="cifar10",
    title="CIFAR-10",
    read=readers.read_cifar10,
    files={"cifar-10-python.tar.gz": Published("c58f30108f718f92721af3b95e74349a", 170_498_071)},
    mirrors=(TORONTO,),
    folders=("",),
    class_names=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    channels=3,
    size=32,
    mirror=True,
    licence="not stated",
    source="https://www.cs.toronto.edu/~kriz/cifar.html",
    validation=5,
    options={"layout": CIFAR10, "folder": "cifar-10-batches-py"},
)
FINE_NAMES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate
poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
wardrobe whale willow_tree wolf woman worm
"""
COARSE_NAMES = """
aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture
insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores
medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2
"""
CIFAR100_DATASETS = tuple(
    PublishedDataset(
        name=name,
        title=title,
        read=readers.read_cifar100,
        files={
            "cifar-100-python.tar.gz": Published("eb9058c3a382ffc7106e4002c42a8d85", 169_001_437)
        },
        mirrors=(TORONTO,),
        folders=("",),
        class_names=tuple(class_names.split()),
        channels=3,
        size=32,
        mirror=True,
        licence="not stated",
        source="https://www.cs.toronto.edu/~kriz/cifar.html",
        validation=5,
        options={"layout": layout, "folder": "cifar-100-python"},
    )
    for name, title, layout, class_names in (
        ("cifar100", "CIFAR-100", CIFAR100, FINE_NAMES),
        ("cifar100-coarse", "CIFAR-100, groups of classes", CIFAR100_COARSE, COARSE_NAMES),
    )
)

ORGANS = (
    *("bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right"),
    *("liver", "lung-left", "lung-right", "pancreas", "spleen"),
)
# Name, checksum, bytes if they are published, channels and classes. Mirrored, a left kidney is a right one.
MEDMNIST_FILES = (
    (
        *("PathMNIST", "a8b06965200029087d5bd730944a56c1", 205_615_438, 3),
        (
            *("adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle"),
            *("normal colon mucosa", "cancer-associated stroma"),
            "colorectal adenocarcinoma epithelium",
        ),
    ),
    (
        *("DermaMNIST", "0744692d530f8e62ec473284d019b0c7", None, 3),
        (
            "actinic keratoses and intraepithelial carcinoma",
            *("basal cell carcinoma", "benign keratosis-like lesions", "dermatofibroma"),
            *("melanoma", "melanocytic nevi", "vascular lesions"),
        ),
    ),
    (
        *("OCTMNIST", "c68d92d5b585d8d81f7112f81e2d0842", None, 1),
        ("choroidal neovascularization", "diabetic macular edema", "drusen", "normal"),
    ),
    (
        *("PneumoniaMNIST", "28209eda62fecd6e6a2d98b1501bb15f", None, 1),
        ("normal", "pneumonia"),
    ),
    (*("RetinaMNIST", "bd4c0672f1bba3e3a89f0e4e876791e4", None, 3), tuple("01234")),
    (
        *("BreastMNIST", "750601b1f35ba3300ea97c75c52ff8f6", 559_580, 1),
        ("malignant", "normal, benign"),
    ),
    (
        *("BloodMNIST", "7053d0359d879ad8a5505303e11de1dc", 35_461_855, 3),
        (
            *("basophil", "eosinophil", "erythroblast"),
            "immature granulocytes (myelocytes, metamyelocytes and promyelocytes)",
            *("lymphocyte", "monocyte", "neutrophil", "platelet"),
        ),
    ),
    (
        *("TissueMNIST", "ebe78ee8b05294063de985d821c1c34b", None, 1),
        (
            *("Collecting Duct, Connecting Tubule", "Distal Convoluted Tubule"),
            *("Glomerular endothelial cells", "Interstitial endothelial cells", "Leukocytes"),
            *("Podocytes", "Proximal Tubule Segments", "Thick Ascending Limb"),
        ),
    ),
    (*("OrganAMNIST", "68e3f8846a6bd62f0c9bf841c0d9eacc", None, 1), ORGANS),
    (*("OrganCMNIST", "b9ceb9546e10131b32923c5bbeaea2b1", None, 1), ORGANS),
    (*("OrganSMNIST", "9ab87b696fb54e2a387ebe992d6ed5f1", None, 1), ORGANS),
)
MEDMNIST = tuple(
    PublishedDataset(
        name=title.lower(),
        title=title,
        read=readers.read_medmnist,
        files={f"{title.lower()}.npz": Published(digest, n_bytes)},
        mirrors=("https://zenodo.org/records/10519652/files/",),
        folders=("medmnist", "", ".medmnist"),
        class_names=class_names,
        channels=channels,
        size=28,
        mirror=class_names != ORGANS,
        licence="CC BY-NC 4.0" if title == "DermaMNIST" else "CC BY 4.0",
        source="https://medmnist.com",
    )
    for title, digest, n_bytes, channels, class_names in MEDMNIST_FILES
)

ENTRIES: Mapping[str, PublishedDataset] = {
    entry.name: entry
    for entry in (
        *(MNIST, FASHION_MNIST, KMNIST, QMNIST, *EMNIST, USPS, SVHN),
        *(CIFAR10_DATASET, *CIFAR100_DATASETS, *MEDMNIST),
    )
}
DATASETS = (*ENTRIES, BUILT_IN)
NOT_MIRRORED = (*(name for name, entry in ENTRIES.items() if not entry.mirror), BUILT_IN)
# Of the help: names that differ in their ends alone, once.
SHORT_LIST = (
    "mnist, fashion_mnist, kmnist, qmnist, emnist-SPLIT (balanced, byclass, bymerge, digits, letters, mnist), usps, svhn, "
    "cifar10, cifar100, cifar100-coarse, digits, or one of MedMNIST ("
    f"{', '.join(entry.name for entry in MEDMNIST)})"
)
UNFIT = {
    "medmnist": f"choose one of its data sets: {', '.join(entry.name for entry in MEDMNIST)}",
    "chestmnist": "its images have none, one or several of 14 labels, and lenet learns one class for each; "
    "pneumoniamnist has chest X-rays of two classes",
}
VOLUMES = re.compile(r"[a-z]+mnist3d")


def key_of(name: str) -> str:
    """Return a name without what spellings differ in: capitals and hyphens."""
    return re.sub(r"[-_\s]", "", name.lower())


KEYS = {key_of(name): name for name in (*DATASETS, FOLDER)}


def dataset_name(text: str) -> str | None:
    """Return the name of a data set, however it is spelt; None if there is no such."""
    return KEYS.get(key_of(text))


def question(text: str) -> str:
    """Return what to say of a name that no data set has, if one is near; else nothing."""
    key = key_of(text)
    if key in UNFIT:
        return UNFIT[key]
    if VOLUMES.fullmatch(key):
        return "its images are volumes, and lenet learns pictures; choose one of MedMNIST's in two dimensions"
    begun = [name for name in DATASETS if key and key_of(name).startswith(key)]
    if begun:
        return f"did you mean {listed(begun, len(begun))}?"
    near = nearest(key, KEYS)
    return f"did you mean {KEYS[near]}?" if near else ""


def entry_named(text: str) -> PublishedDataset:
    """Return the entry of a data set, however its name is spelt.

    Raises
    ------
    DataError
        If there is none.
    """
    name = dataset_name(text) or ""
    if name not in ENTRIES:
        raise DataError(f"data set {text!r}: {question(text) or f'expected {SHORT_LIST}'}")
    return ENTRIES[name]
