// The contents of a simulated file system: what programs see, and what the disk is sure to hold.
//
// A value: a copy is cheap (files are shared until one of them changes), so that a test can keep
// the state of every moment.  The rules of what is durable are the weakest that a journaling file
// system may have:
//
//     fdatasync, fsync of a file    makes its bytes and its size durable, but not its name
//     fsync of a directory          makes its entries durable, but not its own name above
//     a rename                      is one change: what is gone from the old name is at the new one
//     after a sync that failed      what was unsynced stays so, whatever later syncs say: only
//                                   sectors that are written anew become durable
//
// What is not durable may be on the disk after a crash all the same: sim_crash.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"

namespace daybook::testing {

// What a disk writes whole or not at all.
inline constexpr std::uint64_t kSectorBytes = 512;

using InodeNumber = Strong<std::uint32_t, struct InodeNumberTag>;
inline constexpr InodeNumber kRootInode{0};

// The bytes of a file.  Zeros at its beginning take no memory, so that a part may be nearly full.
struct SimBytes {
    std::uint64_t zeros = 0;
    std::string data{};  // what follows them

    std::uint64_t size() const { return zeros + data.size(); }
    // Copies to `out` from `offset` on; returns how much there was.
    std::size_t read(std::uint64_t offset, char* out, std::size_t count) const;
    void write(std::uint64_t offset, std::string_view bytes);
    void resize(std::uint64_t size);
    // The 512 bytes from sector * 512 on; zeros beyond the end.
    std::string sector(std::uint64_t number) const;
    bool operator==(const SimBytes&) const = default;
};

struct SimInode {
    bool is_directory = false;
    mode_t mode = 0;
    mode_t durable_mode = 0;
    std::int64_t modified_ns = 0;

    // A file: the durable content first, then what each change since has made of it.
    std::vector<std::shared_ptr<const SimBytes>> versions{};
    // After a sync that failed: what the kernel takes for written.
    std::shared_ptr<const SimBytes> forgotten{};

    // A directory.
    std::map<std::string, InodeNumber, std::less<>> entries{};
    std::map<std::string, InodeNumber, std::less<>> durable_entries{};

    const SimBytes& bytes() const { return *versions.back(); }
};

// A change of a directory's entry that is not durable.
struct NameChange {
    InodeNumber directory;
    std::string name;
    std::optional<InodeNumber> inode;  // what it names now; nullopt: removed
    std::uint32_t rename = 0;          // the two changes of one rename share a number; 0: none
};

class SimTree {
public:
    // An empty directory, the root.
    SimTree();

    // Only numbers that lookup() or a create function gave.
    const SimInode& inode(InodeNumber number) const { return *inodes_[number.value()]; }
    std::size_t inode_count() const { return inodes_.size(); }
    const std::vector<NameChange>& name_changes() const { return name_changes_; }
    std::optional<InodeNumber> lookup(InodeNumber directory, std::string_view name) const;
    // Follows "a/b/c" from the root; nullopt if it does not lead to anything.
    std::optional<InodeNumber> find(std::string_view path) const;
    // Names that lead to it.
    std::uint32_t link_count(InodeNumber number) const;
    // Where it lies, for messages: "a/b/c"; "(no name)" if nothing leads to it.
    std::string path_of(InodeNumber number) const;

    // Each of these is one change, at the time of the clock.
    InodeNumber create(InodeNumber directory, std::string_view name, bool is_directory,
                       mode_t mode);
    void add_name(InodeNumber directory, std::string_view name, InodeNumber inode);
    void remove_name(InodeNumber directory, std::string_view name);
    void rename(InodeNumber from_directory, std::string_view from, InodeNumber to_directory,
                std::string_view to);
    void set_bytes(InodeNumber file, SimBytes bytes);
    void set_mode(InodeNumber inode, mode_t mode);
    void set_time_ns(std::int64_t now_ns) { now_ns_ = now_ns; }
    std::int64_t time_ns() const { return now_ns_; }

    // Makes durable what a sync of it does.
    void sync(InodeNumber number);
    // A sync of it has failed.
    void fail_sync(InodeNumber inode);
    // All there is becomes durable, whatever it was.
    void settle();

private:
    friend class CrashSpace;

    SimInode& change(InodeNumber number);
    void put_entry(NameChange change);
    static void apply(const NameChange& change,
                      std::map<std::string, InodeNumber, std::less<>>& to);

    std::vector<std::shared_ptr<SimInode>> inodes_;
    std::vector<NameChange> name_changes_;  // oldest first
    std::uint32_t renames_ = 0;
    std::int64_t now_ns_ = 0;
};

}  // namespace daybook::testing
