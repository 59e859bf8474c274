// A file system in memory behind the table of system calls, for paths below /sim.
//
// All other paths go to the kernel, but for those in /proc that tell of the file system that a
// descriptor is on.  Not simulated are links of the symbolic kind, permissions and mappings that
// are shared.  One thread alone may use it.
//
//     SimFs fs;
//     const ScopedSimFs in_force(fs);
//     ... os::write_file_atomic("/sim/a", "text") ...
//     CrashSpace(fs.tree())   what a power cut would leave now
//     SimFs(fs.tree())        what the death of all processes would leave now
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/syscalls.h"
#include "support/sim_tree.h"

namespace daybook::testing {

inline constexpr std::string_view kSimRoot = "/sim";

// A call that is about to change something: a moment in which a crash may come.
struct SimChange {
    os::Call call;
    InodeNumber inode;         // the file or directory that it changes
    std::string_view name;     // in that directory
    std::string_view bytes;    // that it writes
    std::uint64_t offset = 0;  // where it writes them, or the new size
};

class SimFs {
public:
    explicit SimFs(SimTree tree = {}) : tree_(std::move(tree)) {}

    SimTree& tree() { return tree_; }
    const SimTree& tree() const { return tree_; }

    // Called before each change, and before each sync.
    void on_change(std::function<void(const SimChange&)> observer) {
        observer_ = std::move(observer);
    }
    // The `nth` call of a kind from now on (1: the next) fails.
    void fail(os::Call call, int nth, int error_number);
    // So many more bytes can be written before the disk is full; nullopt: any number.  What is cut
    // off or removed makes room.
    void set_room(std::optional<std::uint64_t> bytes) { room_ = bytes; }
    // Takes back what fail() and set_room() have set.
    void mend();
    bool may_fail() const { return !faults_.empty() || room_; }

    // The calls, as os::Syscalls describes them.
    int open(std::string_view path, int flags, mode_t mode);
    int open_text(std::string text);
    int close(int fd);
    ssize_t read(int fd, void* bytes, std::size_t count);
    ssize_t pread(int fd, void* bytes, std::size_t count, off_t offset);
    ssize_t write(int fd, const void* bytes, std::size_t count);
    int fstat(int fd, struct stat* out);
    int stat(std::string_view path, struct stat* out);
    ssize_t getdents(int fd, void* entries, std::size_t bytes);
    int ftruncate(int fd, off_t size);
    int fallocate(int fd, int mode, off_t offset, off_t size);
    int fdatasync(int fd) { return sync(os::Call::kFdatasync, fd); }
    int fsync(int fd) { return sync(os::Call::kFsync, fd); }
    int rename(std::string_view from, std::string_view to);
    int link(std::string_view from, std::string_view to);
    int unlink(std::string_view path);
    int mkdir(std::string_view path, mode_t mode);
    int rmdir(std::string_view path);
    int fchmod(int fd, mode_t mode);
    ssize_t copy_file_range(int from, int to, std::size_t count);
    void* mmap(int fd, std::size_t size);
    int fcntl_lock(int fd, int command, struct flock* lock);

    static bool owns(std::string_view path);
    static bool owns(int fd);

private:
    // An open file description.
    struct OpenFile {
        InodeNumber inode{};
        int flags = 0;
        std::uint64_t position = 0;
        short lock = F_UNLCK;
        std::optional<std::string> text{};  // of a file that is not in the tree
        bool in_use = false;

        bool readable() const { return (flags & O_ACCMODE) != O_WRONLY; }
        bool writable() const { return (flags & O_ACCMODE) != O_RDONLY; }
    };
    // Where a path leads: its directory, its last name, and what is there.
    struct Place {
        InodeNumber directory{};
        std::string_view name{};
        std::optional<InodeNumber> inode{};
    };
    struct Fault {
        os::Call call;
        int in;  // so many calls until it strikes
        int error_number;
    };

    OpenFile* file_of(int fd);
    std::optional<Place> resolve(std::string_view path) const;
    int add_open_file(OpenFile file);
    int open_existing(const OpenFile& file);
    bool fails(os::Call call);
    void about_to(const SimChange& change) const {
        if (observer_) observer_(change);
    }
    void free_room(std::uint64_t bytes) {
        if (room_) *room_ += bytes;
    }
    void fill(InodeNumber number, struct stat* out) const;
    int remove(os::Call call, std::string_view path, bool is_directory);
    int sync(os::Call call, int fd);

    SimTree tree_;
    std::vector<OpenFile> open_files_;
    std::function<void(const SimChange&)> observer_;
    std::vector<Fault> faults_;
    std::optional<std::uint64_t> room_;
};

// Puts a simulated file system in force while it lives; at most one at a time.
class ScopedSimFs {
public:
    explicit ScopedSimFs(SimFs& fs);
    ~ScopedSimFs();
    ScopedSimFs(const ScopedSimFs&) = delete;
    ScopedSimFs& operator=(const ScopedSimFs&) = delete;

private:
    os::ScopedSyscalls scoped_;
};

}  // namespace daybook::testing
