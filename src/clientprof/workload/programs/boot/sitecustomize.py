# Found by the site module because this folder is on PYTHONPATH; the program's own sitecustomize runs after it, as if this
# one were not there. Any Python may read this file, so it is written for all of them.
import os
import sys


def _begin():
    boot = os.path.dirname(os.path.abspath(__file__))
    folder = os.environ.get("CLIENTPROF_RUN")
    while boot in sys.path:
        sys.path.remove(boot)
    sys.path_importer_cache.pop(boot, None)
    if not folder or not os.path.isdir(folder):
        return
    if sys.version_info < (3, 11) or sys.implementation.name != "cpython":
        name = "%d-unsupported.names" % os.getpid()
        with open(os.path.join(folder, name), "a") as file:
            file.write(
                '["unsupported", -1, ["%s %d.%d"]]\n' % ((sys.implementation.name,) + tuple(sys.version_info[:2]))
            )
        return
    package = os.path.dirname(os.path.dirname(os.path.dirname(boot)))
    from importlib.util import module_from_spec, spec_from_file_location

    def load(name, path):
        spec = spec_from_file_location(name, os.path.join(path, "__init__.py"), submodule_search_locations=[path])
        module = sys.modules[name] = module_from_spec(spec)
        return spec, module

    spec, module = load("clientprof", package)
    spec.loader.exec_module(module)
    # The table of all adapters, in this package's __init__, would import what the program does not use.
    module.clients = load("clientprof.clients", os.path.join(package, "clients"))[1]
    if os.path.exists(os.path.join(folder, "trial.json")):
        from clientprof.workload.programs.trying.start import start
    else:
        from clientprof.workload.programs.start import start
    start(folder, boot)


try:
    _begin()
except Exception as _error:
    try:
        _folder = os.environ.get("CLIENTPROF_RUN", "")
        with open(os.path.join(_folder, "%d-failed.names" % os.getpid()), "a") as _file:
            _file.write('["failed", -1, ["%s"]]\n' % type(_error).__name__)
    except Exception:
        pass
finally:
    sys.modules.pop("sitecustomize", None)

# As the site module would: what there is not raises an ImportError of that name, which it passes over.
import sitecustomize  # noqa: E402,F401
