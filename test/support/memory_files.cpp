#include "test/support/memory_files.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <set>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

using guard = std::lock_guard<std::mutex>;

caf::error missing(const std::string& path) {
  return make_failure(errc::not_found, fmt::format("cannot find '{}'", path));
}

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

void lose_power(memory_node& x, std::mt19937_64* lucky) {
  auto survives = [&] { return lucky != nullptr && (*lucky)() % 2 == 0; };
  x.shared_locks = 0;
  x.exclusive_lock = false;
  if (x.content.size() > x.durable_size) {
    auto rest = x.content.size() - x.durable_size;
    x.content.resize(x.durable_size
                     + (survives() ? (*lucky)() % (rest + 1) : 0));
    x.durable_size = x.content.size();
  }
  auto before = x.names;
  for (const auto& [name, node] : before)
    if (auto i = x.durable_names.find(name);
        i == x.durable_names.end() && !survives())
      x.names.erase(name);
  for (const auto& [name, node] : x.durable_names)
    if (!before.contains(name) && !survives())
      x.names.emplace(name, node);
  x.durable_names = x.names;
  for (const auto& [name, node] : x.names)
    lose_power(*node, lucky);
}

} // namespace

class memory_output : public output_file {
public:
  memory_output(std::shared_ptr<memory_disk> disk,
                std::shared_ptr<memory_node> node)
    : disk_(std::move(disk)), node_(std::move(node)) {
    // nop
  }

  caf::error write(std::span<const std::byte> bytes) override {
    guard lock{disk_->mutex_};
    node_->content.append(reinterpret_cast<const char*>(bytes.data()),
                          bytes.size());
    return {};
  }

  caf::error sync() override {
    guard lock{disk_->mutex_};
    node_->durable_size = node_->content.size();
    return {};
  }

  caf::error close() override {
    return {};
  }

private:
  std::shared_ptr<memory_disk> disk_;
  std::shared_ptr<memory_node> node_;
};

class memory_input : public input_file {
public:
  memory_input(std::shared_ptr<memory_disk> disk,
               std::shared_ptr<memory_node> node)
    : disk_(std::move(disk)), node_(std::move(node)) {
    // nop
  }

  caf::expected<std::uint64_t> size() override {
    guard lock{disk_->mutex_};
    return std::uint64_t{node_->content.size()};
  }

  caf::expected<std::size_t> read_at(std::uint64_t offset,
                                     std::span<std::byte> buffer) override {
    guard lock{disk_->mutex_};
    const auto& from = node_->content;
    if (offset >= from.size())
      return std::size_t{0};
    auto count = std::min<std::size_t>(buffer.size(), from.size() - offset);
    std::memcpy(buffer.data(), from.data() + offset, count);
    return count;
  }

private:
  std::shared_ptr<memory_disk> disk_;
  std::shared_ptr<memory_node> node_;
};

class memory_lock : public file_lock {
public:
  memory_lock(std::shared_ptr<memory_disk> disk,
              std::shared_ptr<memory_node> node, lock_mode mode)
    : disk_(std::move(disk)),
      node_(std::move(node)),
      mode_(mode),
      generation_(disk_->generation_) {
    // nop
  }

  ~memory_lock() override {
    guard lock{disk_->mutex_};
    if (generation_ != disk_->generation_)
      return;
    if (mode_ == lock_mode::exclusive)
      node_->exclusive_lock = false;
    else
      --node_->shared_locks;
  }

private:
  std::shared_ptr<memory_disk> disk_;
  std::shared_ptr<memory_node> node_;
  lock_mode mode_;
  int generation_;
};

memory_disk::memory_disk() : root_(std::make_shared<memory_node>()) {
  root_->directory = true;
}

memory_disk::node memory_disk::find(const std::string& path) {
  auto at = root_;
  for (std::size_t start = 0; at && start < path.size();) {
    auto end = std::min(path.find('/', start), path.size());
    auto part = path.substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".")
      continue;
    auto i = at->names.find(part);
    at = i == at->names.end() ? nullptr : i->second;
  }
  return at;
}

void memory_disk::power_failure(std::uint64_t seed) {
  guard lock{mutex_};
  std::mt19937_64 lucky{seed};
  lose_power(*root_, seed == 0 ? nullptr : &lucky);
  ++generation_;
}

std::string memory_disk::content(const std::string& path) {
  guard lock{mutex_};
  return find(path)->content;
}

void memory_disk::damage(const std::string& path, std::string content) {
  guard lock{mutex_};
  auto& x = find(parent_directory(path))->names[last_part(path)];
  if (!x)
    x = std::make_shared<memory_node>();
  x->content = std::move(content);
  x->durable_size = x->content.size();
}

void memory_disk::lose(const std::string& path) {
  guard lock{mutex_};
  find(parent_directory(path))->names.erase(last_part(path));
}

std::vector<std::string> memory_disk::names(const std::string& path) {
  guard lock{mutex_};
  std::vector<std::string> result;
  for (const auto& [name, child] : find(path)->names)
    result.push_back(name);
  return result;
}

caf::expected<std::unique_ptr<output_file>>
memory_files::create(const std::string& path) {
  guard lock{disk_->mutex_};
  auto directory = disk_->find(parent_directory(path));
  if (!directory)
    return missing(path);
  auto [i, made] = directory->names.try_emplace(last_part(path));
  if (!made)
    return make_failure(errc::system, fmt::format("'{}' exists", path));
  i->second = std::make_shared<memory_node>();
  return std::make_unique<memory_output>(disk_, i->second);
}

caf::expected<std::unique_ptr<input_file>>
memory_files::open(const std::string& path) {
  guard lock{disk_->mutex_};
  auto found = disk_->find(path);
  if (!found)
    return missing(path);
  return std::make_unique<memory_input>(disk_, found);
}

caf::expected<bool> memory_files::link(const std::string& from,
                                       const std::string& to) {
  guard lock{disk_->mutex_};
  auto found = disk_->find(from);
  auto directory = disk_->find(parent_directory(to));
  if (!found || !directory)
    return missing(found ? to : from);
  return directory->names.emplace(last_part(to), found).first->second == found;
}

caf::expected<bool> memory_files::remove(const std::string& path) {
  guard lock{disk_->mutex_};
  auto directory = disk_->find(parent_directory(path));
  return directory && directory->names.erase(last_part(path)) > 0;
}

caf::expected<bool> memory_files::make_directory(const std::string& path) {
  guard lock{disk_->mutex_};
  auto directory = disk_->find(parent_directory(path));
  if (!directory)
    return missing(path);
  auto [i, made] = directory->names.try_emplace(last_part(path));
  if (made) {
    i->second = std::make_shared<memory_node>();
    i->second->directory = true;
  }
  return made;
}

caf::expected<bool> memory_files::remove_directory(const std::string& path) {
  guard lock{disk_->mutex_};
  auto directory = disk_->find(parent_directory(path));
  auto found = disk_->find(path);
  return found && found->directory && found->names.empty()
         && directory->names.erase(last_part(path)) > 0;
}

caf::error memory_files::sync_directory(const std::string& path) {
  guard lock{disk_->mutex_};
  auto found = disk_->find(path);
  if (!found)
    return missing(path);
  found->durable_names = found->names;
  return {};
}

caf::expected<std::vector<std::string>>
memory_files::list(const std::string& path) {
  guard lock{disk_->mutex_};
  auto found = disk_->find(path);
  if (!found)
    return missing(path);
  std::vector<std::string> result;
  for (const auto& [name, node] : found->names)
    result.push_back(name);
  return result;
}

caf::expected<std::unique_ptr<file_lock>>
memory_files::try_lock(const std::string& path, lock_mode mode) {
  guard lock{disk_->mutex_};
  auto directory = disk_->find(parent_directory(path));
  if (!directory)
    return missing(path);
  auto& x = directory->names[last_part(path)];
  if (!x)
    x = std::make_shared<memory_node>();
  if (x->exclusive_lock
      || (mode == lock_mode::exclusive && x->shared_locks > 0))
    return std::unique_ptr<file_lock>{};
  if (mode == lock_mode::exclusive)
    x->exclusive_lock = true;
  else
    ++x->shared_locks;
  return std::make_unique<memory_lock>(disk_, x, mode);
}

} // namespace ganglion
