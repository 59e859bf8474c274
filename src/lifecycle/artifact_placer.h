// Puts files that come from elsewhere to their places below artifacts/.  What is there is never
// replaced; what is not what its own name says can be set aside first.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"

namespace daybook::lifecycle {

// What a file is called that is on its way; no other one may be.
inline constexpr std::string_view kComingName = ".importing";

enum class Placed {
    kNew,
    kThere,     // with this very content
    kConflict,  // with another content, which stays
};

struct PlacedReport {
    std::uint64_t placed = 0;
    std::uint64_t there = 0;
    std::uint64_t bytes = 0;  // of the placed ones
    std::uint64_t conflicts = 0;
    std::vector<std::string> conflict_paths{};  // the first of them

    void count(Placed result, const std::string& path, std::uint64_t file_bytes);
};

// One file after the other.  Not thread-safe.
class ArtifactPlacer {
public:
    explicit ArtifactPlacer(const ledger::LedgerDir& dir) : dir_(dir) {}

    // Whether anything is at `path`.
    Result<bool> is_there(const std::string& path) const {
        return os::exists(os::join_path(dir_.root(), path));
    }
    // Whether an ordinary file with this SHA-256 is at `path`.
    Result<bool> has(const std::string& path, const std::string& sha256) const;
    // What is at `path`, relative to the ledger, beside a file of such content; kNew: nothing.
    Result<Placed> look(const std::string& path, std::uint64_t bytes,
                        const std::string& sha256) const;

    // A new file: begin, its bytes, and its end, when all of it has come and was found right.
    Status begin(const std::string& path);
    Status write(std::string_view bytes);
    // Or what has come of it is not right, and goes.
    Status give_up();
    // kConflict: somebody else has put a file there meanwhile.
    Result<Placed> end();

    // Moves what lies at `path`, the place of a file that is named by its content, to quarantine/
    // if it has another one; `when` that was, the note there says.  Where it is now; empty: it is
    // right, or has gone.
    Result<std::string> make_room(const std::string& path, std::uint64_t bytes,
                                  const std::string& sha256, std::string_view when,
                                  TimestampMs now) const;

    // Returns when the names of all files that were placed are on the device.
    Status sync();

private:
    Status make_directories(const std::string& directory);

    ledger::LedgerDir dir_;
    std::string path_{};       // of the file that is coming
    std::string temporary_{};  // where it comes to
    os::UniqueFd fd_{};
    std::set<std::string> touched_{};  // directories whose names are not synced
};

}  // namespace daybook::lifecycle
