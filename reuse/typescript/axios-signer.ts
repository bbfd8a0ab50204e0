// An interceptor that signs the requests of axios.
import type { AxiosInstance } from "axios";
import { type Keys, signatureHeaders } from "./signed-fetch.js";

/**
 * Makes an axios instance sign every request, in the last interceptor that runs.
 *
 * axios runs request interceptors in reverse order of addition, so call this before you add others.
 * Redirects are not followed: they would forward the signature to another host.
 */
export function signRequests(axios: AxiosInstance, keys: Keys): AxiosInstance {
  axios.interceptors.request.use(async (config) => {
    const { pathname, search } = new URL(axios.getUri(config)); // the request target that axios sends
    const method = (config.method ?? "get").toUpperCase();
    config.headers.set(await signatureHeaders(keys, method, pathname + search, Date.now()));
    config.maxRedirects = 0;
    return config;
  });
  return axios;
}
