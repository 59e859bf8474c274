#include "legacy/sorted_ids.h"

#include <fcntl.h>

#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"

namespace daybook::legacy {
namespace {

struct Entry {
    Hash128 id;
    std::uint64_t content = 0;
};
constexpr std::size_t kEntryBytes = 24;
static_assert(sizeof(Entry) == kEntryBytes);

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
// How many ids have one beginning, about.
constexpr std::uint64_t kIdsOfABeginning = 32;
constexpr int kBitsMax = 32;

Entry entry_at(std::string_view entries, std::uint64_t position) {
    Entry entry;
    std::memcpy(&entry, entries.data() + position * kEntryBytes, kEntryBytes);
    return entry;
}

std::uint64_t beginning(const Hash128& id, int bits) {
    return bits == 0 ? 0 : id.high >> (64 - bits);
}

}  // namespace

std::optional<std::uint64_t> SortedIds::find(const Hash128& id) const {
    if (!entries_) return std::nullopt;
    const std::string_view entries = entries_->bytes();
    const std::uint64_t bucket = beginning(id, bits_);
    std::uint64_t low = begins_[bucket];
    std::uint64_t high = begins_[bucket + 1];
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const Entry entry = entry_at(entries, middle);
        if (entry.id == id) return entry.content;
        (entry.id < id ? low : high) = entry.id < id ? middle + 1 : middle;
    }
    return std::nullopt;
}

SortedIds::Writer::Writer(os::UniqueFd fd, std::string path, int bits)
    : fd_(std::move(fd)), path_(std::move(path)) {
    ids_.bits_ = bits;
    buffer_.reserve(kBufferBytes);
}

Result<SortedIds::Writer> SortedIds::Writer::open(const std::string& directory,
                                                  std::uint64_t ids_about) {
    std::string path = fmt::format("{}/known.tmp-{:016x}", directory, random_seed());
    ASSIGN_OR_RETURN(os::UniqueFd fd, os::open_fd(path, O_RDWR | O_CREAT | O_EXCL));
    RETURN_IF_ERROR(os::remove_file(path));
    const int bits = static_cast<int>(std::bit_width(ids_about / kIdsOfABeginning));
    return Writer(std::move(fd), std::move(path), std::min(bits, kBitsMax));
}

Status SortedIds::Writer::write() {
    os::WriteOutcome outcome = os::write_all(fd_.get(), buffer_, path_);
    buffer_.clear();
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
}

Status SortedIds::Writer::add(const Hash128& id, std::uint64_t content) {
    const std::uint64_t bucket = beginning(id, ids_.bits_);
    // Beginnings that no id has end where they begin.
    while (ids_.begins_.size() <= bucket) ids_.begins_.push_back(count_);
    ++count_;
    const Entry entry{id, content};
    buffer_.append(reinterpret_cast<const char*>(&entry), kEntryBytes);
    if (buffer_.size() + kEntryBytes <= kBufferBytes) return {};
    return write();
}

Result<SortedIds> SortedIds::Writer::finish() {
    if (count_ == 0) return SortedIds();
    RETURN_IF_ERROR(write());
    ids_.begins_.resize((std::uint64_t{1} << ids_.bits_) + 1, count_);
    ASSIGN_OR_RETURN(ids_.entries_, os::MappedFile::map(fd_.get(), count_ * kEntryBytes, path_));
    return std::move(ids_);
}

}  // namespace daybook::legacy
