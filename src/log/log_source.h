// Where a log's parts are read from: files below events/, and archives that hold parts which have
// left it.
//
// The log knows no format of archives: a module above it implements ArchivedParts and hands it in.
// A Layout alone is a source without archives.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"
#include "log/line.h"
#include "os/file.h"

namespace daybook::log {

// A part as a listing shows it.
struct PartInfo {
    PartId id;
    ByteOffset size{};  // of what is left of it, where retention has removed lines
    std::int64_t modified_ns = 0;
    bool sealed = false;
    bool bad = false;
    bool archived = false;       // read from an archive; no file below events/ has it
    std::uint32_t rewrites = 0;  // how many retentions have removed lines of it
};

// Lines that retention has taken out of an archived part.
struct RemovedLines {
    ByteOffset at{};      // where they were, in what is left of the part
    ByteOffset offset{};  // where they were in the part as it was written
    std::uint64_t length = 0;
    std::uint64_t lines = 0;
    Seq first{};  // of Daybook's own lines among them; 0 if there are none
    Seq last{};
    std::string sha256{};  // of their bytes
};

// A part, open for reading.
struct OpenPart {
    os::UniqueFd fd;   // its bytes, or what is left of them, from 0 on
    std::string path;  // for messages: the part's file, or the archive's
    bool archived = false;
    std::vector<RemovedLines> removed{};  // by place
};

// The first and the last line of a part, or of what is left of it.
struct LineMark {
    ByteOffset offset{};
    std::uint64_t checksum = 0;  // Line::checksum
    bool operator==(const LineMark&) const = default;
};
struct PartEnds {
    ByteOffset size{};  // of what is left
    LineMark first{};
    LineMark last{};  // the last line that ends with a newline
};

// The parts that archives hold.  Implementations are safe to call from all threads.
class ArchivedParts {
public:
    virtual ~ArchivedParts() = default;

    // As the archives are now; by day and number.
    virtual Result<std::vector<PartInfo>> list() const = 0;
    // kNotFound: no archive holds it.
    virtual Result<OpenPart> open(const PartId& part) const = 0;
    // What a cursor is held against, without reading the part; nullopt: no archive holds it.
    virtual Result<std::optional<PartEnds>> ends(const PartId& part) const = 0;
};

// Copyable; all copies share the archives.
class LogSource {
public:
    // Not explicit: whoever has only a layout reads what lies below events/.
    LogSource(Layout layout) : layout_(std::move(layout)) {}  // NOLINT(google-explicit-constructor)
    LogSource(Layout layout, std::shared_ptr<const ArchivedParts> archives)
        : layout_(std::move(layout)), archives_(std::move(archives)) {}

    const Layout& layout() const { return layout_; }
    // Null: there are none.
    const ArchivedParts* archives() const { return archives_.get(); }

private:
    Layout layout_;
    // Shared: sources are copied into threads that read at once.
    std::shared_ptr<const ArchivedParts> archives_;
};

// All parts, by day and number: those below events/, and those that only archives hold.  events/
// is looked at first, so that a part which is archived meanwhile is not missed.
Result<std::vector<PartInfo>> list_parts(const LogSource& source);

// Opens a part where it is.  kNotFound: it is nowhere.
Result<OpenPart> open_part(const LogSource& source, const PartId& part);

}  // namespace daybook::log
