// One call with the given signer: fetch or axios.
import axios from "axios";
import { signRequests } from "../axios-signer.js";
import { signedFetch } from "../signed-fetch.js";
import { keys, managementUrl } from "../story.js";

const searchText = "주문 +50% 할인";
const calls: Record<string, () => Promise<unknown>> = {
  async fetch() {
    const query = new URLSearchParams({ searchText });
    return (await signedFetch(keys)(`${managementUrl}/api/v1/topics?${query}`)).json();
  },
  async axios() {
    const client = signRequests(axios.create({ baseURL: managementUrl }), keys);
    return (await client.get("/api/v1/topics", { params: { searchText } })).data;
  },
};
console.log(JSON.stringify(await calls[process.argv[2]]()));
