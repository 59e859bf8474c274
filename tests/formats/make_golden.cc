// Makes the golden ledger of the format that this version writes, and what it records of it:
//
//     daybook_make_golden            tests/formats/golden/format-<N>/, where there is none
//     daybook_make_golden --index    index.txt of every golden ledger again: the tables have
//     changed
//
// A ledger that is there is never written to: later versions must read what earlier ones wrote.

#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>

#include "formats/golden_ledger.h"
#include "formats/golden_record.h"
#include "ledger/manifest.h"

namespace daybook::formats {
namespace {

Status write_record(const std::string& path, const Result<std::string>& record) {
    if (!record) return fail(record.error());
    std::ofstream(path) << *record;
    return {};
}

Status record_indexes() {
    for (const Golden& golden : list_goldens()) {
        RETURN_IF_ERROR(write_record(golden.file("index.txt"), record_index(golden.ledger())));
    }
    return {};
}

Status make() {
    const std::string name = fmt::format("format-{}", ledger::kLedgerFormat);
    const Golden golden{.name = name, .dir = golden_root() + "/" + name};
    if (std::filesystem::exists(golden.dir)) {
        return fail(
            ErrorCode::kAlreadyExists,
            "make {}: it is there, and a golden ledger is kept as it is for ever; a new one "
            "is made when the format gets a new number",
            golden.dir);
    }
    std::filesystem::create_directories(golden.dir);
    write_golden_ledger(golden.ledger());
    RETURN_IF_ERROR(write_record(golden.file("events.txt"), record_events(golden.ledger())));
    RETURN_IF_ERROR(write_record(golden.file("findings.txt"), record_findings(golden.ledger())));
    return write_record(golden.file("index.txt"), record_index(golden.ledger()));
}

int run(int argc, char** argv) {
    const bool index_only = argc == 2 && std::string_view(argv[1]) == "--index";
    if (argc > 1 && !index_only) {
        fmt::print(stderr, "usage: daybook_make_golden [--index]\n");
        return 2;
    }
    const Status made = index_only ? record_indexes() : make();
    if (made) return 0;
    fmt::print(stderr, "daybook_make_golden: {}\n", made.error().message());
    return 1;
}

}  // namespace
}  // namespace daybook::formats

int main(int argc, char** argv) { return daybook::formats::run(argc, argv); }
