// A block device that records: a loop device can be made on its file, and every write and flush
// that the block layer asks for goes onto a tape.
//
//     file system ─▶ loop device ─▶ one file, served by FUSE ─▶ image file
//                     (a flush is an fsync of the file)     └─▶ tape
//
// The file is served by a process of its own that speaks the kernel's FUSE protocol
// (linux/fuse.h).  It answers one request after the other, so the tape's order is the order in
// which the device completed them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "base/result.h"
#include "support/tape.h"

namespace daybook::testing {

// Why there can be no such device here; empty if it can.
std::string device_problem();

// Requests that the device answers with EIO, changing and recording nothing: counted from 0 over
// the writes and flushes that it is asked for.
struct DeviceFaults {
    static constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t first = kForEver;
    std::uint64_t count = 0;
    bool writes = true;
    bool flushes = true;
};

class RecordingDevice {
public:
    // Serves the bytes of `image` at `path`, where a file is made to be mounted over.  `tape` must
    // outlive the device.
    static Result<RecordingDevice> start(const std::string& image, const std::string& path,
                                         Tape& tape, const DeviceFaults& faults = {});

    RecordingDevice(RecordingDevice&& other) noexcept;
    RecordingDevice& operator=(RecordingDevice&& other) noexcept;
    // Ends the process and unmounts the file.
    ~RecordingDevice();

    // The file to make a loop device of.
    const std::string& path() const { return path_; }

private:
    RecordingDevice(std::string path, pid_t pid) : path_(std::move(path)), pid_(pid) {}

    std::string path_;
    pid_t pid_ = -1;
};

}  // namespace daybook::testing
