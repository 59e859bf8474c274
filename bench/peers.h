// What Daybook is measured beside: other ways to get the same bytes into a file.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "measure.h"
#include "workspace.h"

namespace daybook::bench {

// Lines to write, in turn, newline included.
using Lines = std::span<const std::string>;

// One write() a line: the raw limit at durability `process`.
Result<Sample> raw_write(const Workspace& workspace, Lines lines, std::size_t count);

// One write() and one fdatasync() a line: the raw limit at durability `power`.
Result<Sample> raw_write_sync(const Workspace& workspace, Lines lines, std::size_t count);

// spdlog's basic_file_sink, flushed on every record, with the bare message as its pattern.
Result<Sample> spdlog_flush(const Workspace& workspace, Lines lines, std::size_t count);

}  // namespace daybook::bench
