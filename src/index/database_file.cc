#include "index/database_file.h"

#include <array>
#include <cstring>
#include <limits>
#include <span>
#include <unordered_set>
#include <vector>

#include "os/file.h"

namespace daybook::index {
namespace {

// The file begins with a block of magic and two headers, the older and the newer.
constexpr std::uint64_t kHeaderBytes = 4096;
constexpr std::uint64_t kHeadersBytes = 3 * kHeaderBytes;
// A size that none has says nothing.
constexpr std::uint64_t kBlockBytesMax = std::uint64_t{1} << 20;
constexpr std::uint64_t kBlocksMax = std::uint64_t{1} << 40;

struct Header {
    std::uint64_t checksum, iteration, meta_block, free_list, blocks, block_bytes;
};

// Metadata lies in chains of small blocks, 64 in each large one behind its checksum.  A pointer is
// the number of the large block with that of the small one in its highest byte; each small block
// begins with a pointer to the next.
class MetadataReader {
public:
    MetadataReader(int fd, const std::string& path, std::uint64_t block_bytes)
        : fd_(fd), path_(path), block_bytes_(block_bytes) {}

    // The chain's next bytes, from `pointer` on.  False: it ends before.
    Result<bool> begin(std::uint64_t pointer) { return load(pointer); }
    Result<bool> read(std::uint64_t* value) {
        if (at_ + sizeof(*value) > block_.size()) {
            ASSIGN_OR_RETURN(const bool more, load(next_));
            if (!more) return false;
        }
        std::memcpy(value, block_.data() + at_, sizeof(*value));
        at_ += sizeof(*value);
        return true;
    }

private:
    Result<bool> load(std::uint64_t pointer) {
        constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
        constexpr std::uint64_t kSmallBlocks = 64;
        constexpr std::uint64_t kChecksumBytes = 8;
        const std::uint64_t small_bytes = (block_bytes_ - kChecksumBytes) / kSmallBlocks / 8 * 8;
        const std::uint64_t block = pointer & (kNone >> 8);
        // A chain that goes in circles ends too.
        if (pointer == kNone || block > kBlocksMax || pointer >> 56 >= kSmallBlocks ||
            ++loaded_ > kSmallBlocks * 1024) {
            return false;
        }
        block_.resize(small_bytes);
        const std::uint64_t offset =
            kHeadersBytes + block * block_bytes_ + kChecksumBytes + (pointer >> 56) * small_bytes;
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(fd_, ByteOffset(offset), block_, path_));
        if (got < block_.size()) return false;
        std::memcpy(&next_, block_.data(), sizeof(next_));
        at_ = sizeof(next_);
        return true;
    }

    int fd_;
    const std::string& path_;
    std::uint64_t block_bytes_;
    std::vector<char> block_;
    std::uint64_t next_ = 0;
    std::size_t at_ = 0;
    std::uint64_t loaded_ = 0;
};

Result<std::unordered_set<std::uint64_t>> read_free_list(int fd, const std::string& path,
                                                         const Header& header) {
    std::unordered_set<std::uint64_t> free_blocks;
    MetadataReader reader(fd, path, header.block_bytes);
    ASSIGN_OR_RETURN(bool more, reader.begin(header.free_list));
    std::uint64_t count = 0;
    if (more) {
        ASSIGN_OR_RETURN(more, reader.read(&count));
    }
    for (std::uint64_t i = 0; more && i < count; ++i) {
        std::uint64_t block = 0;
        ASSIGN_OR_RETURN(more, reader.read(&block));
        // Others mean nothing, and a damaged file may have any number of them.
        if (more && block < header.blocks) free_blocks.insert(block);
    }
    return free_blocks;
}

Result<Header> newest_header(int fd, const std::string& path) {
    Header newest{};
    for (const std::uint64_t offset : {kHeaderBytes, 2 * kHeaderBytes}) {
        std::array<char, sizeof(Header)> bytes{};
        RETURN_IF_ERROR(os::read_at(fd, ByteOffset(offset), bytes, path));
        Header header{};
        std::memcpy(&header, bytes.data(), bytes.size());
        if (header.iteration >= newest.iteration) newest = header;
    }
    return newest;
}

}  // namespace

Result<std::uint64_t> database_bytes_min(int fd, const std::string& path) {
    // DuckDB's least; 64 small blocks in each have room for more than a pointer.
    constexpr std::uint64_t kBlockBytesMin = 16 * 1024;
    ASSIGN_OR_RETURN(const Header header, newest_header(fd, path));
    if (header.block_bytes < kBlockBytesMin || header.block_bytes > kBlockBytesMax ||
        header.blocks > kBlocksMax) {
        return 0;
    }
    ASSIGN_OR_RETURN(const std::unordered_set<std::uint64_t> free_blocks,
                     read_free_list(fd, path, header));
    std::uint64_t used = header.blocks;
    while (used > 0 && free_blocks.contains(used - 1)) --used;
    return kHeadersBytes + used * header.block_bytes;
}

}  // namespace daybook::index
