# Run by the interpreter in a process that somebody attaches to, with FOLDER, DETAIL and WHAT in its globals.
import json
import os
import sys


def _run(folder, detail, what, package):
    found = sys.modules.get("clientprof")
    if found is None:
        from importlib.util import module_from_spec, spec_from_file_location

        def load(name, path):
            spec = spec_from_file_location(name, os.path.join(path, "__init__.py"), submodule_search_locations=[path])
            module = sys.modules[name] = module_from_spec(spec)
            return spec, module

        spec, module = load("clientprof", package)
        spec.loader.exec_module(module)
        # The table of all adapters, in this package's __init__, would import what the program does not use.
        module.clients = load("clientprof.clients", os.path.join(package, "clients"))[1]
    elif os.path.dirname(os.path.abspath(found.__file__)) != package:
        raise ImportError("clientprof " + getattr(found, "__version__", ""))
    from clientprof.workload.programs.attached import enter

    if what == "attach":
        enter.attach(folder, detail)
    elif what == "go_on":
        enter.go_on(folder)
    else:
        enter.detach(folder)


def _main(folder, detail, what, package):
    try:
        _run(folder, detail, what, package)
    except Exception as error:
        try:
            line = json.dumps(["failed", {"error": type(error).__name__, "text": str(error)[:200]}]) + "\n"
            descriptor = os.open(folder + "/state", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            os.write(descriptor, line.encode())
            os.close(descriptor)
        except Exception:
            pass


_main(FOLDER, DETAIL, WHAT, PACKAGE)
