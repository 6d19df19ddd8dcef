"""Makes the seeds of the model store's targets from a model that the tool
write_model wrote: make_seeds.py MODEL"""
import shutil
import sys
from pathlib import Path

SEEDS = Path(__file__).parent / "seeds"
KINDS = {
    "store_network": "network",
    "store_placement": "placements/*",
    "store_manifest": "manifests/*",
    "store_lease": "leases/000001",
    "store_base": "leases/*.base",
    "store_shard": "shards/*010-3*[14]",
}
NAMES = ["3-1200", "000003-000000001200", "000003-000000001200-784-256",
         "000003-000000001200-784-256.2", "000003", "000003.base",
         "000003-000000001200.0123456789abcdef",
         "000003-000000001200-784-256.0123456789abcdef.new"]

model = Path(sys.argv[1])
for target, pattern in KINDS.items():
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted(model.glob(pattern))):
        shutil.copyfile(path, folder / f"model-{number}")
folder = SEEDS / "store_names"
folder.mkdir(parents=True, exist_ok=True)
for number, name in enumerate(NAMES):
    (folder / f"name-{number}").write_text(name)
