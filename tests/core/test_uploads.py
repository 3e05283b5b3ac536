"""Uploads are bounded while they arrive."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import RequestFactory

from core.uploads import take_large

LIMIT = 1000


@pytest.fixture(autouse=True)
def small(settings):
    settings.UPLOAD_MAX_BYTES = LIMIT


def posted(**files: bytes):
    data = {name: SimpleUploadedFile(f"{name}.bin", content) for name, content in files.items()}
    return RequestFactory().post("/", {**data, "word": "kept"})


@pytest.mark.parametrize("size", [1, LIMIT - 1, LIMIT])
def test_file_within_the_limit_arrives_whole(size):
    request = posted(a=b"x" * size)
    assert request.FILES["a"].read() == b"x" * size
    assert request.POST["word"] == "kept"


@pytest.mark.parametrize("size", [LIMIT + 1, 100 * LIMIT, 3_000_000])
def test_larger_file_shows_by_its_size_and_no_more_of_it_is_kept(size):
    request = posted(a=b"x" * size)
    assert request.FILES["a"].size == LIMIT + 1
    assert len(request.FILES["a"].read()) == LIMIT + 1
    assert request.POST["word"] == "kept"


def test_files_of_a_request_share_the_limit():
    request = posted(a=b"x" * 900, b=b"y" * 900)
    assert request.FILES["a"].size + request.FILES["b"].size == LIMIT + 1


def test_large_upload_goes_to_disk_up_to_its_own_limit():
    request = posted(a=b"x" * 5000)
    take_large(request, 4000)
    file = request.FILES["a"]
    assert isinstance(file, TemporaryUploadedFile)
    assert file.size == 4001


def test_large_upload_must_be_said_before_the_body_is_read():
    request = posted(a=b"x")
    assert request.POST
    with pytest.raises(AttributeError):
        take_large(request, 4000)
