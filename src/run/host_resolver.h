// The host's own configuration of DNS, which QEMU's user-mode network follows: it reads
// /etc/resolv.conf to know whom to ask for the guest. Where that is a link into /run
// (systemd-resolved, NetworkManager), which is hidden from QEMU, it needs an exception.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace quiz::run {

/// What of the `hidden` directories must be readable so that `configuration` is: the directory of
/// the file that it leads to, because its owner replaces it when the network changes; the file
/// alone if that would be a whole hidden directory. Nothing if it is readable anyway or missing.
std::optional<std::filesystem::path> hidden_resolver(
    const std::filesystem::path& configuration, const std::vector<std::filesystem::path>& hidden);

}  // namespace quiz::run
