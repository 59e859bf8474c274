// The calls of a simulated file system that change it, but for open and write; and its table.

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "support/sim_fs.h"

namespace daybook::testing {
namespace {

int failed(int error_number) {
    errno = error_number;
    return -1;
}

}  // namespace

int SimFs::ftruncate(int fd, off_t size) {
    const OpenFile* const file = file_of(fd);
    if (file == nullptr) return -1;
    if (!file->writable()) return failed(EINVAL);
    if (fails(os::Call::kFtruncate)) return -1;
    const auto bytes = static_cast<std::uint64_t>(size);
    about_to({.call = os::Call::kFtruncate,
              .inode = file->inode,
              .name = {},
              .bytes = {},
              .offset = bytes});
    SimBytes content = tree_.inode(file->inode).bytes();
    free_room(content.size() - std::min(content.size(), bytes));
    content.resize(bytes);
    tree_.set_bytes(file->inode, std::move(content));
    return 0;
}

int SimFs::fallocate(int fd, int mode, off_t offset, off_t size) {
    const OpenFile* const file = file_of(fd);
    if (file == nullptr) return -1;
    if (!file->writable()) return failed(EBADF);
    if (mode != 0) return failed(EOPNOTSUPP);
    if (fails(os::Call::kFallocate)) return -1;
    SimBytes content = tree_.inode(file->inode).bytes();
    const auto end = static_cast<std::uint64_t>(offset + size);
    if (end <= content.size()) return 0;
    if (room_) {
        const std::uint64_t more = end - content.size();
        if (more > *room_) return failed(ENOSPC);
        *room_ -= more;
    }
    about_to({.call = os::Call::kFallocate,
              .inode = file->inode,
              .name = {},
              .bytes = {},
              .offset = end});
    content.resize(end);
    tree_.set_bytes(file->inode, std::move(content));
    return 0;
}

int SimFs::sync(os::Call call, int fd) {
    const OpenFile* const file = file_of(fd);
    if (file == nullptr) return -1;
    if (file->text) return failed(EINVAL);
    about_to({.call = call, .inode = file->inode, .name = {}, .bytes = {}});
    if (fails(call)) {
        tree_.fail_sync(file->inode);
        return -1;
    }
    tree_.sync(file->inode);
    return 0;
}

int SimFs::rename(std::string_view from, std::string_view to) {
    if (fails(os::Call::kRename)) return -1;
    const std::optional<Place> source = resolve(from);
    const std::optional<Place> target = source ? resolve(to) : std::nullopt;
    if (!source || !target) return -1;
    if (!source->inode) return failed(ENOENT);
    if (*source->inode == kRootInode || target->inode == kRootInode) return failed(EBUSY);
    if (target->inode == source->inode) return 0;
    const bool is_directory = tree_.inode(*source->inode).is_directory;
    if (is_directory && to.starts_with(std::string(from) + '/')) return failed(EINVAL);
    if (target->inode && from.starts_with(std::string(to) + '/')) return failed(ENOTEMPTY);
    if (target->inode) {
        const SimInode& there = tree_.inode(*target->inode);
        if (is_directory && !there.is_directory) return failed(ENOTDIR);
        if (!is_directory && there.is_directory) return failed(EISDIR);
        if (there.is_directory && !there.entries.empty()) return failed(ENOTEMPTY);
    }
    about_to(
        {.call = os::Call::kRename, .inode = target->directory, .name = target->name, .bytes = {}});
    tree_.rename(source->directory, source->name, target->directory, target->name);
    return 0;
}

int SimFs::link(std::string_view from, std::string_view to) {
    if (fails(os::Call::kLink)) return -1;
    const std::optional<Place> source = resolve(from);
    if (!source) return -1;
    if (!source->inode) return failed(ENOENT);
    const std::optional<Place> target = resolve(to);
    if (!target) return -1;
    if (target->inode) return failed(EEXIST);
    if (tree_.inode(*source->inode).is_directory) return failed(EPERM);
    about_to(
        {.call = os::Call::kLink, .inode = target->directory, .name = target->name, .bytes = {}});
    tree_.add_name(target->directory, target->name, *source->inode);
    return 0;
}

int SimFs::remove(os::Call call, std::string_view path, bool is_directory) {
    if (fails(call)) return -1;
    const std::optional<Place> place = resolve(path);
    if (!place) return -1;
    if (!place->inode) return failed(ENOENT);
    if (*place->inode == kRootInode) return failed(is_directory ? EBUSY : EISDIR);
    const SimInode& inode = tree_.inode(*place->inode);
    if (inode.is_directory && !is_directory) return failed(EISDIR);
    if (!inode.is_directory && is_directory) return failed(ENOTDIR);
    if (is_directory && !inode.entries.empty()) return failed(ENOTEMPTY);
    about_to({.call = call, .inode = place->directory, .name = place->name, .bytes = {}});
    tree_.remove_name(place->directory, place->name);
    if (!is_directory && tree_.link_count(*place->inode) == 0) {
        free_room(tree_.inode(*place->inode).bytes().size());
    }
    return 0;
}

int SimFs::unlink(std::string_view path) { return remove(os::Call::kUnlink, path, false); }
int SimFs::rmdir(std::string_view path) { return remove(os::Call::kRmdir, path, true); }

int SimFs::mkdir(std::string_view path, mode_t mode) {
    if (fails(os::Call::kMkdir)) return -1;
    const std::optional<Place> place = resolve(path);
    if (!place) return -1;
    if (place->inode) return failed(EEXIST);
    about_to(
        {.call = os::Call::kMkdir, .inode = place->directory, .name = place->name, .bytes = {}});
    tree_.create(place->directory, place->name, true, mode);
    return 0;
}

int SimFs::fchmod(int fd, mode_t mode) {
    const OpenFile* const file = file_of(fd);
    if (file == nullptr || fails(os::Call::kFchmod)) return -1;
    about_to({.call = os::Call::kFchmod, .inode = file->inode, .name = {}, .bytes = {}});
    tree_.set_mode(file->inode, mode & 07777);
    return 0;
}

ssize_t SimFs::copy_file_range(int from, int to, std::size_t count) {
    if (fails(os::Call::kCopyFileRange)) return -1;
    const OpenFile* const source = file_of(from);
    const OpenFile* const target = file_of(to);
    if (source == nullptr || target == nullptr) return -1;
    const auto is_directory = [&](const OpenFile& file) {
        return !file.text && tree_.inode(file.inode).is_directory;
    };
    if (is_directory(*source) || is_directory(*target)) return failed(EISDIR);
    const bool appends = (target->flags & O_APPEND) != 0;
    if (!source->readable() || !target->writable() || appends) return failed(EBADF);
    const std::uint64_t size = source->text ? 0 : tree_.inode(source->inode).bytes().size();
    count = std::min<std::uint64_t>(count, size - std::min(size, source->position));
    const bool overlaps = source->inode == target->inode &&
                          target->position + count > source->position &&
                          target->position < source->position + count;
    if (overlaps) return failed(EINVAL);
    constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
    std::string block(std::min(count, kBlockBytes), '\0');
    const ssize_t got = read(from, block.data(), block.size());
    return got <= 0 ? got : write(to, block.data(), static_cast<std::size_t>(got));
}

// A copy, which serves for a private mapping of a file that does not change meanwhile.
void* SimFs::mmap(int fd, std::size_t size) {
    const OpenFile* const file = file_of(fd);
    if (file == nullptr || fails(os::Call::kMmap)) return MAP_FAILED;
    void* const memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) {
        (void)tree_.inode(file->inode).bytes().read(0, static_cast<char*>(memory), size);
    }
    return memory;
}

// Locks of whole files by open file descriptions: the only kind that Daybook takes.
int SimFs::fcntl_lock(int fd, int command, struct flock* lock) {
    OpenFile* const file = file_of(fd);
    if (file == nullptr || fails(os::Call::kFcntlLock)) return -1;
    DAYBOOK_CHECK(lock->l_start == 0 && lock->l_len == 0 && lock->l_whence == SEEK_SET);
    DAYBOOK_CHECK(command == F_OFD_SETLK || command == F_OFD_GETLK);
    const auto conflicts = [&](const OpenFile& other) {
        return &other != file && other.in_use && !other.text && other.inode == file->inode &&
               other.lock != F_UNLCK && (other.lock == F_WRLCK || lock->l_type == F_WRLCK);
    };
    const auto holder = std::find_if(open_files_.begin(), open_files_.end(), conflicts);
    if (command == F_OFD_GETLK) {
        lock->l_type = holder == open_files_.end() ? F_UNLCK : holder->lock;
        if (holder != open_files_.end()) lock->l_pid = -1;
        return 0;
    }
    if (lock->l_type == F_WRLCK && !file->writable()) return failed(EBADF);
    if (lock->l_type == F_RDLCK && !file->readable()) return failed(EBADF);
    if (lock->l_type != F_UNLCK && holder != open_files_.end()) return failed(EAGAIN);
    file->lock = lock->l_type;
    return 0;
}

namespace {

// A global, because the table holds plain functions.
SimFs* fs_in_force = nullptr;

// Of calls on a descriptor or a path: to the simulation if it is its own, else to the kernel.
template <auto kKernel, auto kSim>
struct Entry;
template <typename R, typename First, typename... Rest, R (*os::Syscalls::*kKernel)(First, Rest...),
          auto kSim>
struct Entry<kKernel, kSim> {
    static R call(First first, Rest... rest) {
        if (SimFs::owns(first)) return (fs_in_force->*kSim)(first, rest...);
        return (os::kernel_syscalls().*kKernel)(first, rest...);
    }
};

int open_entry(const char* path, int flags, mode_t mode) {
    // What tells of the file system that a descriptor of its own is on.
    const std::string_view name = path;
    constexpr std::string_view kFdInfo = "/proc/self/fdinfo/";
    if (name == "/proc/self/mountinfo") {
        return fs_in_force->open_text("1 0 0:77 / /sim rw - simfs simfs rw\n");
    }
    if (name.starts_with(kFdInfo) && SimFs::owns(std::atoi(path + kFdInfo.size()))) {
        return fs_in_force->open_text("mnt_id:\t1\n");
    }
    return Entry<&os::Syscalls::open, &SimFs::open>::call(path, flags, mode);
}

const os::Syscalls& sim_table() {
    using S = os::Syscalls;
    static const S table = {
        .open = open_entry,
        .close = Entry<&S::close, &SimFs::close>::call,
        .read = Entry<&S::read, &SimFs::read>::call,
        .pread = Entry<&S::pread, &SimFs::pread>::call,
        .write = Entry<&S::write, &SimFs::write>::call,
        .fstat = Entry<&S::fstat, &SimFs::fstat>::call,
        .stat = Entry<&S::stat, &SimFs::stat>::call,
        .getdents = Entry<&S::getdents, &SimFs::getdents>::call,
        .ftruncate = Entry<&S::ftruncate, &SimFs::ftruncate>::call,
        .fallocate = Entry<&S::fallocate, &SimFs::fallocate>::call,
        .fdatasync = Entry<&S::fdatasync, &SimFs::fdatasync>::call,
        .fsync = Entry<&S::fsync, &SimFs::fsync>::call,
        .rename = Entry<&S::rename, &SimFs::rename>::call,
        .link = Entry<&S::link, &SimFs::link>::call,
        .unlink = Entry<&S::unlink, &SimFs::unlink>::call,
        .mkdir = Entry<&S::mkdir, &SimFs::mkdir>::call,
        .rmdir = Entry<&S::rmdir, &SimFs::rmdir>::call,
        .fchmod = Entry<&S::fchmod, &SimFs::fchmod>::call,
        .copy_file_range = Entry<&S::copy_file_range, &SimFs::copy_file_range>::call,
        // No blocks are shared between its files.
        .clone = [](int, int) { return failed(EOPNOTSUPP); },
        .mmap = Entry<&S::mmap, &SimFs::mmap>::call,
        .fcntl_lock = Entry<&S::fcntl_lock, &SimFs::fcntl_lock>::call,
    };
    return table;
}

}  // namespace

ScopedSimFs::ScopedSimFs(SimFs& fs) : scoped_(sim_table()) { fs_in_force = &fs; }

ScopedSimFs::~ScopedSimFs() { fs_in_force = nullptr; }

}  // namespace daybook::testing
