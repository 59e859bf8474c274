#include "part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/check.h"
#include "os/file.h"

namespace daybook::fuzz {
namespace {

std::string made_directory(std::string name) {
    DAYBOOK_CHECK(::mkdtemp(name.data()) != nullptr);
    return name;
}

}  // namespace

PartFile& PartFile::instance() {
    static PartFile file(::access("/dev/shm", W_OK) == 0 ? "/dev/shm/daybook-fuzz-XXXXXX"
                                                         : "/tmp/daybook-fuzz-XXXXXX");
    return file;
}

PartFile::PartFile(const char* directory) : layout_(made_directory(directory)) {
    DAYBOOK_CHECK(os::make_dirs(layout_.day_dir(id_.day)).has_value());
}

PartFile::~PartFile() { (void)os::remove_tree(layout_.root()); }

void PartFile::fill(std::string_view bytes) const {
    const std::string path = layout_.part_path(id_);
    const os::UniqueFd fd = os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC).value();
    DAYBOOK_CHECK(!os::write_all(fd.get(), bytes, path).error);
}

}  // namespace daybook::fuzz
