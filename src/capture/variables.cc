#include "capture/variables.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "capture/secrets.h"
#include "json/chars.h"

namespace daybook::capture {
namespace {

// What Python, R and Node run and with what; processors, threads and their libraries; schedulers;
// language, time zone, and where programs and libraries are looked for.
constexpr std::string_view kAllowed[] = {"PYTHON*",
                                         "VIRTUAL_ENV",
                                         "CONDA_*",
                                         "PIXI_*",
                                         "POETRY_ACTIVE",
                                         "PYENV_VERSION",
                                         "R_HOME",
                                         "R_LIBS*",
                                         "JULIA_*",
                                         "NODE_ENV",
                                         "NODE_OPTIONS",
                                         "JAVA_HOME",
                                         "CUDA_*",
                                         "NVIDIA_VISIBLE_DEVICES",
                                         "CUBLAS_*",
                                         "CUDNN_*",
                                         "NCCL_*",
                                         "ROCR_VISIBLE_DEVICES",
                                         "HIP_VISIBLE_DEVICES",
                                         "XLA_*",
                                         "JAX_*",
                                         "TF_CUDNN_*",
                                         "TF_DETERMINISTIC_OPS",
                                         "TF_ENABLE_*",
                                         "TF_FORCE_*",
                                         "TF_GPU_*",
                                         "TF_NUM_*",
                                         "TF_XLA_*",
                                         "TORCH_*",
                                         "PYTORCH_*",
                                         "OMP_*",
                                         "GOMP_*",
                                         "KMP_*",
                                         "MKL_*",
                                         "OPENBLAS_*",
                                         "BLIS_*",
                                         "NUMEXPR_*",
                                         "NUMBA_*",
                                         "POLARS_*",
                                         "MALLOC_*",
                                         "SLURM_*",
                                         "RAY_*",
                                         "DAYBOOK_*",
                                         "LANG",
                                         "LC_*",
                                         "TZ",
                                         "PATH",
                                         "LD_LIBRARY_PATH",
                                         "LD_PRELOAD"};

bool matches(std::string_view name, std::string_view pattern) {
    if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
    return name == pattern;
}

std::vector<std::string_view> named_patterns(std::string_view list) {
    std::vector<std::string_view> patterns;
    for (std::size_t at = 0; at < list.size();) {
        const std::size_t end = std::min(list.find_first_of(", ", at), list.size());
        if (end > at) patterns.push_back(list.substr(at, end - at));
        at = end + 1;
    }
    return patterns;
}

// Values are options often enough (NODE_OPTIONS, SLURM_*): masked as a word of a command line is.
std::string recorded_value(std::string_view value) {
    std::string text = as_utf8(mask_arguments({&value, 1}).at(0));
    if (text.size() <= kVariableBytesMax) return text;
    text.resize(kVariableBytesMax);
    text.resize(json::utf8_prefix(text));
    return text + "…";
}

}  // namespace

std::string as_utf8(std::string_view text) {
    std::string whole;
    while (true) {
        const std::size_t good = json::utf8_prefix(text);
        whole += text.substr(0, good);
        text.remove_prefix(good);
        if (text.empty()) return whole;
        whole += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
        text.remove_prefix(1);
    }
}

Environment captured_variables(const Environment& environment) {
    std::vector<std::string_view> patterns(std::begin(kAllowed), std::end(kAllowed));
    for (const std::string_view pattern :
         named_patterns(variable_of(environment, "DAYBOOK_CAPTURE_VARIABLES"))) {
        patterns.push_back(pattern);
    }
    Environment captured;
    for (const auto& [name, value] : environment) {
        const bool wanted = std::any_of(patterns.begin(), patterns.end(),
                                        [&](auto pattern) { return matches(name, pattern); });
        if (!wanted || is_secret_name(name)) continue;
        captured.emplace_back(as_utf8(name), recorded_value(value));
    }
    std::stable_sort(captured.begin(), captured.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    // Of a name that is there twice the first counts, as for getenv().
    captured.erase(std::unique(captured.begin(), captured.end(),
                               [](const auto& a, const auto& b) { return a.first == b.first; }),
                   captured.end());
    if (captured.size() > kVariablesMax) captured.resize(kVariablesMax);
    return captured;
}

}  // namespace daybook::capture
