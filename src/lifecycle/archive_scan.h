// What is known of the events of an archive file, without reading their lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "archive/archive_layout.h"
#include "archive/manifest.h"
#include "base/result.h"
#include "duck/connection.h"

namespace daybook::lifecycle {

// Lends its texts during the call.
struct ScannedEvent {
    const archive::ArchivedPart& part;
    std::string_view event_type;
    std::string_view run_id;
    std::uint64_t bytes = 0;  // of the line, with its newline
};

// Calls `on_event` for each event of `file`, in its order; an error of it ends the scan.
// `connection` is one to a database of one thread, so that rows come in order.
Status scan_archive(duck::Connection& connection, const archive::ArchiveLayout& layout,
                    const archive::Manifest& manifest, const archive::ArchiveFile& file,
                    const std::function<Status(const ScannedEvent&)>& on_event);

}  // namespace daybook::lifecycle
