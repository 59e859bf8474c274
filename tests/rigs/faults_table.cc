#include "faults_table.h"

#include <dirent.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <type_traits>

#include <fmt/format.h>

#include "os/file.h"

namespace daybook::testing {
namespace {

// A global, because the table holds plain functions.
struct Account {
    Fault fault;
    std::array<int, os::kCalls> counts{};
    bool hit = false;
    std::shared_ptr<const Durable> durable;  // never changed, replaced
};

Account& account() {
    static Account the_account;
    return the_account;
}

std::size_t index(os::Call call) { return static_cast<std::size_t>(call); }

// Whether this call is to fail; sets errno if so.
bool fails(os::Call call) {
    const int count = ++account().counts[index(call)];
    const Fault& fault = account().fault;
    if (fault.nth == 0 || fault.call != call) return false;
    const int first = fault.half ? fault.nth + 1 : fault.nth;
    if (count < first || count - first >= fault.times) return false;
    account().hit = true;
    errno = fault.error_number;
    return true;
}

struct stat status_of(int fd) {
    struct stat status{};
    (void)os::kernel_syscalls().fstat(fd, &status);
    return status;
}

template <typename Change>
void change_durable(Change change) {
    auto changed = std::make_shared<Durable>(*account().durable);
    change(*changed);
    account().durable = std::move(changed);
}

void note_synced(int fd, bool worked) {
    const struct stat status = status_of(fd);
    change_durable([&](Durable& durable) {
        if (!worked) durable.refused.insert(status.st_ino);
        if (durable.refused.contains(status.st_ino)) return;
        durable.bytes[status.st_ino] = static_cast<std::uint64_t>(status.st_size);
    });
}

void note_entries_synced(int fd) {
    std::set<std::string> entries;
    DIR* const directory = ::opendir(fmt::format("/proc/self/fd/{}", fd).c_str());
    if (directory == nullptr) return;
    while (const dirent* entry = ::readdir(directory)) entries.insert(entry->d_name);
    ::closedir(directory);
    const ino_t inode = status_of(fd).st_ino;
    change_durable([&](Durable& durable) {
        durable.entries[inode] = std::move(entries);
        durable.renamed_into.erase(inode);
    });
}

// An inode's number may come back with another file.
void note_created(int fd) {
    const ino_t inode = status_of(fd).st_ino;
    change_durable([&](Durable& durable) {
        durable.bytes.erase(inode);
        durable.entries.erase(inode);
        durable.refused.erase(inode);
    });
}

template <os::Call kCall, auto kMember>
struct Entry;
template <os::Call kCall, typename R, typename... Args, R (*os::Syscalls::*kMember)(Args...)>
struct Entry<kCall, kMember> {
    static R call(Args... args) {
        if (!fails(kCall)) return (os::kernel_syscalls().*kMember)(args...);
        if constexpr (kCall == os::Call::kClose) {
            // A close that fails has closed all the same.
            (void)(os::kernel_syscalls().*kMember)(args...);
            errno = account().fault.error_number;
        }
        if constexpr (std::is_pointer_v<R>) {
            return MAP_FAILED;
        } else {
            return R{-1};
        }
    }
};

int open_file(const char* path, int flags, mode_t mode) {
    const int fd = Entry<os::Call::kOpen, &os::Syscalls::open>::call(path, flags, mode);
    if (fd >= 0 && (flags & O_CREAT) != 0 && status_of(fd).st_size == 0) note_created(fd);
    return fd;
}

// How many of `count` bytes the next call of a kind is to move.
std::size_t share_of(os::Call call, std::size_t count) {
    const Fault& fault = account().fault;
    const bool half = fault.half && fault.call == call && count > 1 &&
                      account().counts[index(call)] + 1 == fault.nth;
    if (half) account().hit = true;
    return half ? count / 2 : count;
}

ssize_t write_bytes(int fd, const void* bytes, std::size_t count) {
    count = share_of(os::Call::kWrite, count);
    return Entry<os::Call::kWrite, &os::Syscalls::write>::call(fd, bytes, count);
}

ssize_t read_bytes(int fd, void* bytes, std::size_t count, off_t offset) {
    count = share_of(os::Call::kPread, count);
    return Entry<os::Call::kPread, &os::Syscalls::pread>::call(fd, bytes, count, offset);
}

int sync_file(int fd) {
    const int result = Entry<os::Call::kFdatasync, &os::Syscalls::fdatasync>::call(fd);
    const int error_number = errno;
    // Interrupted is not refused.
    if (result == 0 || error_number != EINTR) note_synced(fd, result == 0);
    errno = error_number;
    return result;
}

int sync_directory(int fd) {
    const int result = Entry<os::Call::kFsync, &os::Syscalls::fsync>::call(fd);
    if (result == 0) note_entries_synced(fd);
    return result;
}

int rename_file(const char* from, const char* to) {
    const int result = Entry<os::Call::kRename, &os::Syscalls::rename>::call(from, to);
    struct stat parent{};
    const std::string path = os::parent_path(to);
    if (result == 0 && os::kernel_syscalls().stat(path.c_str(), &parent) == 0) {
        change_durable([&](Durable& durable) { durable.renamed_into.insert(parent.st_ino); });
    }
    return result;
}

const os::Syscalls& table() {
    static const os::Syscalls entries = [] {
        os::Syscalls made{};
#define DAYBOOK_FAULTY_ENTRY(kind, name) \
    made.name = Entry<os::Call::kind, &os::Syscalls::name>::call;
        DAYBOOK_SYSCALL_LIST(DAYBOOK_FAULTY_ENTRY)
#undef DAYBOOK_FAULTY_ENTRY
        made.open = open_file;
        made.write = write_bytes;
        made.pread = read_bytes;
        made.fdatasync = sync_file;
        made.fsync = sync_directory;
        made.rename = rename_file;
        return made;
    }();
    return entries;
}

const os::Syscalls& table_with(const Fault& fault) {
    account() = {.fault = fault, .durable = std::make_shared<Durable>()};
    return table();
}

}  // namespace

std::string to_string(const Fault& fault) {
    if (fault.nth == 0) return "nothing fails";
    if (fault.times == 0)
        return fmt::format("{} {} moves half", os::to_string(fault.call), fault.nth);
    return fmt::format("{} {} fails with {}{}{}", os::to_string(fault.call), fault.nth,
                       ::strerrorname_np(fault.error_number), fault.half ? " after a half" : "",
                       fault.times == 1             ? ""
                       : fault.times == kFromThenOn ? ", from then on"
                                                    : fmt::format(", {} times", fault.times));
}

FaultTable::FaultTable(const Fault& fault) : scoped_(table_with(fault)) {}

int FaultTable::count(os::Call call) const { return account().counts[index(call)]; }

bool FaultTable::hit() const { return account().hit; }

std::shared_ptr<const Durable> FaultTable::durable() const { return account().durable; }

}  // namespace daybook::testing
