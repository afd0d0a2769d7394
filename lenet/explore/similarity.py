"""Similarity of images: nearest neighbours among all pairs.

What is compared is small, so that tens of thousands of images take seconds, and not their brightness or
contrast. Nothing is learnt, and nothing known about classes.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

SIDE = 16
COARSE, COLOUR = SIDE // 2, SIDE // 4
COLOUR_WEIGHT = 2.0
AT_ONCE = 500


class Features(NamedTuple):
    """Features of images: coarse pixels and tints, and thumbnails for detail.

    Attributes
    ----------
    outlines : ndarray of float32, shape (n, numbers)
        The image as 8x8 pixels and, in colour, its tints as 4x4 pixels; of length 1, or 0 if all pixels
        are the same. Their products are cosines: 1 for images that are alike but for brightness and
        contrast.
    thumbnails : ndarray of uint8, shape (n, 16, 16)
        The image in gray, for `detail`.
    """

    outlines: np.ndarray
    thumbnails: np.ndarray


def features_of(batches: Iterable[np.ndarray]) -> Features:
    """Compute the features of images.

    Parameters
    ----------
    batches : iterable of ndarray of uint8, shape (n, channels, rows, columns)
        At least one, all of the same size.
    """
    outlines, thumbnails = [], []
    for images in batches:
        gray = images.mean(axis=1, dtype=np.float32)
        found = [_centred(shrunk(gray, COARSE))]
        channels = images.shape[1]
        if channels > 1:  # the last tint follows from the others
            known = (0, 2) if channels == 3 else range(channels - 1)
            tints = (images[:, channel] - gray for channel in known)
            found += [COLOUR_WEIGHT * shrunk(tint, COLOUR) for tint in tints]
        outlines.append(_of_length_one(np.concatenate([f.reshape(len(f), -1) for f in found], 1)))
        thumbnails.append(np.rint(shrunk(gray, SIDE)).astype(np.uint8))
    return Features(np.concatenate(outlines), np.concatenate(thumbnails))


def shrunk(planes: np.ndarray, side: int) -> np.ndarray:
    """Shrink pictures (n, rows, columns) to (n, side, side) by means over areas."""
    over_rows, over_columns = (_areas(length, side) for length in planes.shape[1:])
    return over_rows @ planes @ over_columns.T


def detail(thumbnails: np.ndarray) -> np.ndarray:
    """Return the high-pass detail of thumbnails, float32, shape (n, 256).

    It is what is lost at half their size, of length 1, or 0 if there is nothing. Two skies have the
    same outlines; the birds in them do not have the same details.
    """
    blocks = thumbnails.reshape(len(thumbnails), COARSE, 2, COARSE, 2).astype(np.float32)
    blocks -= blocks.mean(axis=(2, 4), keepdims=True)
    return _of_length_one(blocks.reshape(len(blocks), -1))


def nearest(outlines: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest neighbours of each image among all others.

    Parameters
    ----------
    outlines : ndarray of float32, shape (n, numbers)
        See `Features`.
    k : int
        How many to find, less than n.

    Returns
    -------
    neighbours : ndarray of int, shape (n, k)
        The most alike first.
    similarity : ndarray of float32, shape (n, k)
        From -1 to 1.

    Notes
    -----
    All pairs are compared, a block of them at a time, so that the memory needed beside the result does
    not depend on n; the time grows with its square.
    """
    from sklearn.neighbors import NearestNeighbors

    # What has no length is put at right angles to all else: then Euclid's order is that of the cosines.
    empty = np.linalg.norm(outlines, axis=1) == 0
    points = np.column_stack([outlines, empty]).astype(np.float32)
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points)
    neighbours = search.kneighbors(return_distance=False)
    similarity = np.empty(neighbours.shape, np.float32)
    for start in range(0, len(outlines), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        # Of the vectors themselves: a cosine near 0 has few right digits as a distance.
        similarity[rows] = np.einsum("nd,nkd->nk", outlines[rows], outlines[neighbours[rows]])
    return neighbours, similarity


def similarity_in_detail(thumbnails: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """Return the similarity in detail of images to their neighbours.

    It is of float32, shape (n, k), from -1 to 1.
    """
    found = np.empty(neighbours.shape, np.float32)
    for start in range(0, len(found), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        of_others = detail(thumbnails[neighbours[rows].ravel()]).reshape(
            *neighbours[rows].shape, -1
        )
        found[rows] = np.einsum("nd,nkd->nk", detail(thumbnails[rows]), of_others)
    return found


def _areas(length: int, side: int) -> np.ndarray:
    """Return the matrix of means of areas, float32, shape (side, length).

    It turns `length` pixels into `side` means.
    """
    edges, pixels = np.arange(side + 1) * (length / side), np.arange(length)
    overlaps = np.minimum(edges[1:, np.newaxis], pixels + 1) - np.maximum(
        edges[:-1, np.newaxis], pixels
    )
    weights = np.maximum(overlaps, 0) * (side / length)
    return weights.astype(np.float32)


def _centred(planes: np.ndarray) -> np.ndarray:
    return planes - planes.mean(axis=(1, 2), keepdims=True)


def _of_length_one(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # What rounding leaves of an image of one tone is no image.
    return np.where(lengths > 1e-3, vectors / np.maximum(lengths, 1e-3), 0)
