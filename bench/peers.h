// What Daybook is measured beside: other ways to get the same bytes into a file.
//
// Each gives the crew's processes a desk (crew.h) that writes `lines` in turn, newline included.
// The stores keep the line without its newline as a value under the number of the call.
#pragma once

#include <span>
#include <string>

#include "crew.h"
#include "workspace.h"

namespace daybook::bench {

using Lines = std::span<const std::string>;

// One write() a line, to a file of each process's own: the raw limit at durability `process`.
OpenDesk raw_write(const Workspace& workspace, Lines lines);
// One write() and one fdatasync() a line: the raw limit at durability `power`.
OpenDesk raw_write_sync(const Workspace& workspace, Lines lines);
// spdlog's basic_file_sink, flushed on every record, with the bare message as its pattern.
OpenDesk spdlog_flush(const Workspace& workspace, Lines lines);
// As jlog writes a record that several processes may append: lock, ask for the size, write there,
// unlock.
OpenDesk locked_write(const Workspace& workspace, Lines lines);

// Put into the write-ahead log and the table in memory, which has room for all of a measurement.
OpenDesk rocksdb_put(const Workspace& workspace, Lines lines);
OpenDesk leveldb_put(const Workspace& workspace, Lines lines);

// One transaction a line, in WAL mode, all processes in one database.
enum class SqliteSync { kNormal, kFull };  // survives the process's death; power loss
// Whether the threads of a process have a connection each, or take turns at one.
enum class SqliteConnections { kOneEach, kShared };
OpenDesk sqlite_insert(const Workspace& workspace, Lines lines, SqliteSync sync,
                       SqliteConnections connections = SqliteConnections::kOneEach);

// Removes what the peers have left, and their dirty pages with it.
Status clear_peers(const Workspace& workspace);

}  // namespace daybook::bench
