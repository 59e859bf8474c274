#include "support/sim_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace daybook::testing {
namespace {

// Above the kernel's own descriptors.
constexpr int kFirstFd = 1 << 20;
constexpr std::size_t kNameBytesMax = 255;

int failed(int error_number) {
    errno = error_number;
    return -1;
}

}  // namespace

bool SimFs::owns(std::string_view path) {
    return path.starts_with(kSimRoot) &&
           (path.size() == kSimRoot.size() || path[kSimRoot.size()] == '/');
}

bool SimFs::owns(int fd) { return fd >= kFirstFd; }

void SimFs::fail(os::Call call, int nth, int error_number) {
    faults_.push_back({.call = call, .in = nth, .error_number = error_number});
}

void SimFs::mend() {
    faults_.clear();
    room_.reset();
}

bool SimFs::fails(os::Call call) {
    for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
        if (fault->call != call || --fault->in > 0) continue;
        errno = fault->error_number;
        faults_.erase(fault);
        return true;
    }
    return false;
}

SimFs::OpenFile* SimFs::file_of(int fd) {
    const auto index = static_cast<std::size_t>(fd - kFirstFd);
    if (fd < kFirstFd || index >= open_files_.size() || !open_files_[index].in_use) {
        errno = EBADF;
        return nullptr;
    }
    return &open_files_[index];
}

// nullopt: a directory on the way is not there, or is none; errno says which.
std::optional<SimFs::Place> SimFs::resolve(std::string_view path) const {
    path.remove_prefix(kSimRoot.size());
    Place place{.directory = kRootInode, .name = "", .inode = kRootInode};
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        const std::string_view name = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (name.empty() || name == ".") continue;
        if (!place.inode || !tree_.inode(*place.inode).is_directory ||
            name.size() > kNameBytesMax) {
            errno = !place.inode ? ENOENT : name.size() > kNameBytesMax ? ENAMETOOLONG : ENOTDIR;
            return std::nullopt;
        }
        place = {
            .directory = *place.inode, .name = name, .inode = tree_.lookup(*place.inode, name)};
    }
    return place;
}

int SimFs::add_open_file(OpenFile file) {
    file.in_use = true;
    const auto free = std::find_if(open_files_.begin(), open_files_.end(),
                                   [](const OpenFile& open) { return !open.in_use; });
    const auto index = static_cast<int>(free - open_files_.begin());
    if (free == open_files_.end()) {
        open_files_.push_back(std::move(file));
    } else {
        *free = std::move(file);
    }
    return kFirstFd + index;
}

int SimFs::open_text(std::string text) {
    return add_open_file({.flags = O_RDONLY, .text = std::move(text)});
}

int SimFs::open_existing(const OpenFile& file) {
    const bool is_directory = tree_.inode(file.inode).is_directory;
    if (is_directory && (file.writable() || (file.flags & O_CREAT) != 0)) return failed(EISDIR);
    if (!is_directory && (file.flags & O_DIRECTORY) != 0) return failed(ENOTDIR);
    if ((file.flags & O_TRUNC) != 0 && tree_.inode(file.inode).bytes().size() > 0) {
        about_to({.call = os::Call::kOpen, .inode = file.inode, .name = {}, .bytes = {}});
        free_room(tree_.inode(file.inode).bytes().size());
        tree_.set_bytes(file.inode, SimBytes());
    }
    return add_open_file(file);
}

int SimFs::open(std::string_view path, int flags, mode_t mode) {
    if (fails(os::Call::kOpen)) return -1;
    const std::optional<Place> place = resolve(path);
    if (!place) return -1;
    if (place->inode) {
        if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return failed(EEXIST);
        return open_existing({.inode = *place->inode, .flags = flags});
    }
    if ((flags & O_CREAT) == 0) return failed(ENOENT);
    if (path.ends_with('/')) return failed(EISDIR);
    about_to(
        {.call = os::Call::kOpen, .inode = place->directory, .name = place->name, .bytes = {}});
    const InodeNumber inode = tree_.create(place->directory, place->name, false, mode);
    return add_open_file({.inode = inode, .flags = flags});
}

int SimFs::close(int fd) {
    OpenFile* const file = file_of(fd);
    if (file == nullptr) return -1;
    *file = OpenFile{};
    return fails(os::Call::kClose) ? -1 : 0;
}

ssize_t SimFs::pread(int fd, void* bytes, std::size_t count, off_t offset) {
    const OpenFile* const file = file_of(fd);
    if (file == nullptr) return -1;
    if (!file->readable()) return failed(EBADF);
    if (fails(os::Call::kPread)) return -1;
    const auto from = static_cast<std::uint64_t>(offset);
    if (file->text) {
        const std::string_view text = *file->text;
        return static_cast<ssize_t>(
            text.substr(std::min(from, text.size())).copy(static_cast<char*>(bytes), count));
    }
    if (tree_.inode(file->inode).is_directory) return failed(EISDIR);
    return static_cast<ssize_t>(
        tree_.inode(file->inode).bytes().read(from, static_cast<char*>(bytes), count));
}

ssize_t SimFs::read(int fd, void* bytes, std::size_t count) {
    OpenFile* const file = file_of(fd);
    if (file == nullptr || fails(os::Call::kRead)) return -1;
    const ssize_t got = pread(fd, bytes, count, static_cast<off_t>(file->position));
    if (got > 0) file->position += static_cast<std::uint64_t>(got);
    return got;
}

ssize_t SimFs::write(int fd, const void* bytes, std::size_t count) {
    OpenFile* const file = file_of(fd);
    if (file == nullptr) return -1;
    if (!file->writable()) return failed(EBADF);
    if (fails(os::Call::kWrite)) return -1;
    if (room_) {
        if (*room_ == 0 && count > 0) return failed(ENOSPC);
        count = std::min<std::uint64_t>(count, *room_);
        *room_ -= count;
    }
    if (count == 0) return 0;
    SimBytes content = tree_.inode(file->inode).bytes();
    if ((file->flags & O_APPEND) != 0) file->position = content.size();
    const std::string_view text(static_cast<const char*>(bytes), count);
    about_to({.call = os::Call::kWrite,
              .inode = file->inode,
              .name = {},
              .bytes = text,
              .offset = file->position});
    content.write(file->position, text);
    tree_.set_bytes(file->inode, std::move(content));
    file->position += count;
    return static_cast<ssize_t>(count);
}

void SimFs::fill(InodeNumber number, struct stat* out) const {
    const SimInode& inode = tree_.inode(number);
    *out = {};
    out->st_dev = 77;
    out->st_ino = number.value() + 1;
    out->st_mode = inode.mode | (inode.is_directory ? S_IFDIR : S_IFREG);
    out->st_nlink = tree_.link_count(number);
    out->st_size = inode.is_directory ? 4096 : static_cast<off_t>(inode.bytes().size());
    out->st_mtim = {.tv_sec = inode.modified_ns / 1'000'000'000,
                    .tv_nsec = inode.modified_ns % 1'000'000'000};
}

int SimFs::fstat(int fd, struct stat* out) {
    const OpenFile* const file = file_of(fd);
    if (file == nullptr || fails(os::Call::kFstat)) return -1;
    if (file->text) {
        *out = {};
        out->st_mode = S_IFREG | 0444;
        return 0;
    }
    fill(file->inode, out);
    return 0;
}

int SimFs::stat(std::string_view path, struct stat* out) {
    if (fails(os::Call::kStat)) return -1;
    const std::optional<Place> place = resolve(path);
    if (!place) return -1;
    if (!place->inode) return failed(ENOENT);
    fill(*place->inode, out);
    return 0;
}

// The position of a directory is the number of entries that have been given.
ssize_t SimFs::getdents(int fd, void* entries, std::size_t bytes) {
    OpenFile* const file = file_of(fd);
    if (file == nullptr || fails(os::Call::kGetdents)) return -1;
    if (file->text || !tree_.inode(file->inode).is_directory) return failed(ENOTDIR);
    const auto& names = tree_.inode(file->inode).entries;
    auto entry = names.begin();
    std::advance(
        entry, static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(file->position, names.size())));
    std::size_t used = 0;
    for (; entry != names.end(); ++entry) {
        const std::string& name = entry->first;
        constexpr std::size_t kAlignment = alignof(struct dirent64);
        const std::size_t length =
            (offsetof(struct dirent64, d_name) + name.size() + 1 + kAlignment - 1) / kAlignment *
            kAlignment;
        if (used + length > bytes) break;
        auto* const out = static_cast<char*>(entries) + used;
        struct dirent64 header{};
        header.d_ino = entry->second.value() + 1;
        header.d_reclen = static_cast<unsigned short>(length);
        header.d_type = tree_.inode(entry->second).is_directory ? DT_DIR : DT_REG;
        std::memcpy(out, &header, offsetof(struct dirent64, d_name));
        std::memcpy(out + offsetof(struct dirent64, d_name), name.c_str(), name.size() + 1);
        used += length;
        ++file->position;
    }
    if (used == 0 && entry != names.end()) return failed(EINVAL);
    return static_cast<ssize_t>(used);
}

}  // namespace daybook::testing
