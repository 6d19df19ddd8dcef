// Files for import that claim to be GGUF: their arrays, and what they say of a
// language model and its tokenizer, which is used where there is one.
#include "runtime/data/tokens/tokenizer.hpp"
#include "runtime/model_store/gguf/model.hpp"
#include "test/fuzz/tensor_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  using namespace ganglion;
  auto disk = std::make_shared<memory_disk>();
  memory_files files{disk};
  disk->damage("x", std::string{reinterpret_cast<const char*>(data), size});
  auto model = gguf_model::open(files, "x");
  if (model) {
    for (const auto* name :
         {"model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight",
          "transformer.h.0.attn.c_attn.weight"})
      if (model->find(name))
        static_cast<void>(model->read(name));
    if (model->words()) {
      auto words = tokenizer::parse(model->words()->json);
      if (words)
        static_cast<void>(words->encode("ab a</s>\n"));
    }
  }
  return fuzz_tensor_file(data, size);
}
