// The same inference in onnxruntime, for scripts/bench: one JSON object on
// stdout: median samples per second of five rounds, and the median latency.
//
//   node peer_onnx.js MODEL.onnx WIDTH BATCH THREADS SECONDS
//
// Finds the package onnxruntime-node by NODE_PATH.
const ort = require('onnxruntime-node');

const [model, ...numbers] = process.argv.slice(2);
const [width, batch, threads, seconds] = numbers.map(Number);
const rounds = 5;

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function main() {
  const session = await ort.InferenceSession.create(
    model, {intraOpNumThreads: threads, interOpNumThreads: 1});
  const samples = Array.from({length: 4}, () => new ort.Tensor(
    'float32', Float32Array.from({length: batch * width}, Math.random),
    [batch, width]));
  const name = session.inputNames[0];
  const infer = i => session.run({[name]: samples[i % 4]});
  for (let i = 0; i < 4; ++i)
    await infer(i);
  const speeds = [], times = [];
  for (let round = 0; round < rounds; ++round) {
    const begin = performance.now();
    let last = begin, count = 0;
    while (last - begin < 1000 * seconds / rounds) {
      await infer(count++);
      const now = performance.now();
      times.push(1000 * (now - last));
      last = now;
    }
    speeds.push(1000 * count * batch / (last - begin));
  }
  console.log(JSON.stringify(
    {throughput: median(speeds), latency_us: median(times)}));
}

main();
