/** The contracts' ABIs as the SDK generates them: the one place that names them. */
export {
  collateralVaultAbi as vaultAbi,
  creditPoolAbi,
  marginEngineAbi as engineAbi,
  orderInboxAbi,
  orderQueueAbi,
  priceBoardAbi,
  riskSetAbi,
  rootInboxAbi,
  vaultMessengerAbi as messengerAbi,
} from "@hypothec/sdk";
