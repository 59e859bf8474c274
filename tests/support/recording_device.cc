#include "support/recording_device.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "os/error.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr const char* kFuseDevice = "/dev/fuse";
constexpr std::uint32_t kWriteBytesMax = 1 << 20;
constexpr std::uint32_t kPageBytes = 4096;
// Nothing but the device itself changes the file, so the kernel may keep what it knows of it.
constexpr std::uint64_t kForeverSeconds = 1'000'000;

template <typename T>
std::string_view bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

template <typename T>
T value_at(std::string_view bytes) {
    T value{};
    if (bytes.size() >= sizeof(value)) std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}

// Answers the kernel's requests for the one file.
class Server {
public:
    Server(int fuse, int image, Tape& tape, const DeviceFaults& faults)
        : fuse_(fuse), image_(image), tape_(tape), faults_(faults) {}

    // Returns once the file has been unmounted.
    void serve() {
        std::vector<char> buffer(kWriteBytesMax + kPageBytes);
        while (true) {
            const ssize_t count = ::read(fuse_, buffer.data(), buffer.size());
            if (count < 0) {
                if (errno == EINTR || errno == EAGAIN || errno == ENOENT) continue;
                return;  // ENODEV: unmounted.
            }
            const std::string_view request(buffer.data(), static_cast<std::size_t>(count));
            answer(value_at<fuse_in_header>(request), request.substr(sizeof(fuse_in_header)));
        }
    }

private:
    void answer(const fuse_in_header& header, std::string_view body) {
        switch (header.opcode) {
            case FUSE_INIT: return init(header, body);
            case FUSE_GETATTR: return get_attributes(header);
            case FUSE_OPEN: return reply(header, bytes_of(fuse_open_out{}));
            case FUSE_READ: return read(header, value_at<fuse_read_in>(body));
            case FUSE_WRITE: return write(header, body);
            case FUSE_FSYNC: return tape_.record_flush() ? reply(header, {}) : refuse(header, EIO);
            case FUSE_RELEASE:
            case FUSE_DESTROY: return reply(header, {});
            // These want no answer.
            case FUSE_FORGET:
            case FUSE_BATCH_FORGET:
            case FUSE_INTERRUPT: return;
            // The kernel does without: no discards, no holes.
            default: return refuse(header, ENOSYS);
        }
    }

    void init(const fuse_in_header& header, std::string_view body) const {
        fuse_init_out out{};
        out.major = FUSE_KERNEL_VERSION;
        out.minor = FUSE_KERNEL_MINOR_VERSION;
        out.max_readahead = value_at<fuse_init_in>(body).max_readahead;
        out.flags = FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_MAX_PAGES;
        out.max_pages = kWriteBytesMax / kPageBytes;
        out.max_write = kWriteBytesMax;
        out.max_background = 16;
        out.congestion_threshold = 12;
        out.time_gran = 1;
        reply(header, bytes_of(out));
    }

    void get_attributes(const fuse_in_header& header) const {
        struct stat info{};
        if (::fstat(image_, &info) != 0) return refuse(header, errno);
        fuse_attr_out out{};
        out.attr_valid = kForeverSeconds;
        out.attr.ino = FUSE_ROOT_ID;
        out.attr.size = static_cast<std::uint64_t>(info.st_size);
        out.attr.blocks = static_cast<std::uint64_t>(info.st_blocks);
        out.attr.mode = S_IFREG | 0600;
        out.attr.nlink = 1;
        out.attr.blksize = kPageBytes;
        reply(header, bytes_of(out));
    }

    void read(const fuse_in_header& header, const fuse_read_in& request) {
        read_buffer_.resize(request.size);
        const ssize_t count =
            ::pread(image_, read_buffer_.data(), request.size, static_cast<off_t>(request.offset));
        if (count < 0) return refuse(header, errno);
        reply(header, {read_buffer_.data(), static_cast<std::size_t>(count)});
    }

    // Whether the next write or flush is to fail.
    bool fails(bool kind_fails) {
        const std::uint64_t number = requests_++;
        return kind_fails && number >= faults_.first && number - faults_.first < faults_.count;
    }

    void flush(const fuse_in_header& header) {
        if (fails(faults_.flushes) || !tape_.record_flush()) return refuse(header, EIO);
        reply(header, {});
    }

    void write(const fuse_in_header& header, std::string_view body) {
        if (fails(faults_.writes)) return refuse(header, EIO);
        const auto request = value_at<fuse_write_in>(body);
        const std::string_view bytes = body.substr(sizeof(request), request.size);
        const ssize_t count =
            ::pwrite(image_, bytes.data(), bytes.size(), static_cast<off_t>(request.offset));
        if (count != static_cast<ssize_t>(bytes.size())) return refuse(header, EIO);
        if (!tape_.record_write(request.offset, bytes)) return refuse(header, EIO);
        fuse_write_out out{};
        out.size = request.size;
        reply(header, bytes_of(out));
    }

    void refuse(const fuse_in_header& header, int error_number) const {
        send(header, error_number, {});
    }
    void reply(const fuse_in_header& header, std::string_view body) const { send(header, 0, body); }
    void send(const fuse_in_header& header, int error_number, std::string_view body) const {
        fuse_out_header out{};
        out.len = static_cast<std::uint32_t>(sizeof(out) + body.size());
        out.error = -error_number;
        out.unique = header.unique;
        const std::array<iovec, 2> pieces = {
            iovec{.iov_base = &out, .iov_len = sizeof(out)},
            iovec{.iov_base = const_cast<char*>(body.data()), .iov_len = body.size()}};
        // ENOENT: whoever asked has been killed and waits no more.
        (void)!::writev(fuse_, pieces.data(), body.empty() ? 1 : 2);
    }

    int fuse_;
    int image_;
    Tape& tape_;
    const DeviceFaults faults_;
    std::uint64_t requests_ = 0;
    std::vector<char> read_buffer_;
};

}  // namespace

std::string device_problem() {
    const Result<os::UniqueFd> fuse = os::open_fd(kFuseDevice, O_RDWR);
    return fuse ? "" : fuse.error().message();
}

Result<RecordingDevice> RecordingDevice::start(const std::string& image, const std::string& path,
                                               Tape& tape, const DeviceFaults& faults) {
    ASSIGN_OR_RETURN(const os::UniqueFd image_fd, os::open_fd(image, O_RDWR));
    ASSIGN_OR_RETURN(const os::UniqueFd fuse, os::open_fd(kFuseDevice, O_RDWR));
    ASSIGN_OR_RETURN(const os::UniqueFd place, os::open_fd(path, O_WRONLY | O_CREAT));
    // The root of this file system is a regular file, mounted over another one.
    const std::string options =
        fmt::format("fd={},rootmode={:o},user_id=0,group_id=0", fuse.get(), unsigned{S_IFREG});
    if (::mount("daybook", path.c_str(), "fuse.daybook", MS_NOSUID | MS_NODEV, options.c_str()) !=
        0) {
        return fail(os::errno_error(errno, "mount a FUSE file at", path));
    }
    const pid_t rig = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        const int error_number = errno;
        (void)::umount2(path.c_str(), MNT_DETACH);
        return fail(os::errno_error(error_number, "start the process that serves", path));
    }
    if (pid == 0) {
        // Ctrl-C reaches the rig, which unmounts first and ends this process then; a rig that is
        // killed takes it along.
        ::signal(SIGINT, SIG_IGN);
        ::signal(SIGTERM, SIG_IGN);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() == rig) Server(fuse.get(), image_fd.get(), tape, faults).serve();
        ::_exit(0);
    }
    return RecordingDevice(path, pid);
}

RecordingDevice::RecordingDevice(RecordingDevice&& other) noexcept
    : path_(std::move(other.path_)), pid_(std::exchange(other.pid_, -1)) {}

RecordingDevice& RecordingDevice::operator=(RecordingDevice&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(pid_, other.pid_);
    return *this;
}

RecordingDevice::~RecordingDevice() {
    if (pid_ < 0) return;
    (void)::umount2(path_.c_str(), MNT_DETACH);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace daybook::testing
