// Ids of events, each with the hash of its content, in a file that no name leads to: millions of
// them take no memory but what the kernel keeps of the file, and gives away where it is needed.
//
// An id is found by its first bits, and then by halving: ids are hashes (index/event_key.h), so
// that the few dozen of each beginning are as many everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "os/file.h"

namespace daybook::legacy {

// Safe to read from all threads.
class SortedIds {
public:
    class Writer;

    // The content that belongs to `id`; nullopt: it is not among them.
    std::optional<std::uint64_t> find(const Hash128& id) const;
    std::uint64_t size() const { return begins_.empty() ? 0 : begins_.back(); }

private:
    // Ids that begin with the bits `i` are those from begins_[i] up to begins_[i + 1].
    std::vector<std::uint64_t> begins_{};
    int bits_ = 0;
    std::optional<os::MappedFile> entries_{};
};

// Makes one, in `directory`, of about `ids_about` ids.  After an error it is of no more use.
class SortedIds::Writer {
public:
    static Result<Writer> open(const std::string& directory, std::uint64_t ids_about);

    // In ascending order.
    Status add(const Hash128& id, std::uint64_t content);
    Result<SortedIds> finish();

private:
    Writer(os::UniqueFd fd, std::string path, int bits);
    Status write();

    os::UniqueFd fd_;
    std::string path_;  // for messages
    std::string buffer_{};
    SortedIds ids_{};
    std::uint64_t count_ = 0;
};

}  // namespace daybook::legacy
