// What a full build is measured beside: DuckDB's own ways from a log, or from memory, to tables.
#pragma once

#include <cstddef>
#include <string>

#include "measure.h"
#include "workspace.h"

namespace daybook::bench {

// All give the seconds that it took, in a child, with the file complete and closed at the end.
// None looks for copies of events, conflicts or repeated keys, none verifies a checksum, and none
// keeps what a later event would be judged by: they do less than the index does.

// `read_json` with explicit columns, JSON texts and their maps of numbers, into the columns that
// the index has.  The maps are made while the log is read,
Result<Sample> read_json_with_maps(const Workspace& workspace, const std::string& ledger,
                                   std::size_t events);
// or from the temporary table into which it is read.
Result<Sample> read_json_then_maps(const Workspace& workspace, const std::string& ledger,
                                   std::size_t events);
// `read_json_auto` into a temporary table, and one `CREATE TABLE AS` for each of five tables with
// the few columns that they had in the system whose log format this is.
Result<Sample> read_json_auto(const Workspace& workspace, const std::string& ledger,
                              std::size_t events);
// `CREATE TABLE AS` of the finished tables of the ledger's snapshot, which are in memory: what
// DuckDB takes to compress and write them.
Result<Sample> copy_finished_tables(const Workspace& workspace, const std::string& ledger,
                                    std::size_t events);

}  // namespace daybook::bench
